-- Until the end of the transaction nobody else stores anything of the source: neither its worker, whose fence updates this
-- row, nor another replay. Waits for them up to lock_timeout.
-- Parameters: estate_id, source_id. Columns: place_version, registry_version of the source, when the transaction began,
-- rule_version; no row when the source has no lease. Callers: ingest/replay.c.
select (select version from place_version), (select registry_version from source where id = $2::bigint), now(),
       (select version from rule_version)
from lease
where estate_id = $1::bigint and source_id = $2::bigint
for no key update;
