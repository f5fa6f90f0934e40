-- Deletes last positions and tracks of shifts that have ended; ingest_ended_state has locked them.
-- Parameters: estate_ids (bigint[]), subjects (uuid[]), pair by pair.
-- Columns: nothing. Callers: ingest/store_state.c.
delete from asset_state a using unnest($1::bigint[], $2::uuid[]) e (estate_id, subject)
where a.estate_id = e.estate_id and a.subject = e.subject;
