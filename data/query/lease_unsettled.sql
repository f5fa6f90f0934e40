-- Messages that were stored under this lease while the broker may not know it yet.
-- Parameters: estate_id, source_id. Columns: id. Callers: ingest/lease.c.
select unnest(unsettled) as id from lease where estate_id = $1::bigint and source_id = $2::bigint;
