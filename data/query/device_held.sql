-- Counts a batch's messages of devices that nobody believes yet; they are dead letters.
-- Parameters: estate_id, source_id, from quarantine, of unknown devices over the limit. Callers: ingest/registry.c.
update source_stat
set quarantined = quarantined + $3::bigint, unknown_overflow = unknown_overflow + $4::bigint
where estate_id = $1::bigint and source_id = $2::bigint;
