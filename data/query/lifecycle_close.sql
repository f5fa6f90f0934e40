-- Ends lifecycles whose end did not come, at the time of their last word. Parameters: estate_id, ids (bigint[]).
-- Callers: ingest/store_lifecycle.c.
update lifecycle
set t_end = t_last, ended_by = 'timeout', expires_at = null, stored_at = clock_timestamp()
where estate_id = $1::bigint and id = any ($2::bigint[]) and t_end is null;
