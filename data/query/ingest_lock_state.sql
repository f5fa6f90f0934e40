-- Locks subjects until COMMIT, in key order so that no two workers deadlock, and gives what goes on from here.
-- Parameters: estate_id, subjects (uuid[]). Columns: subject, track, track_stamp. Callers: ingest/store_state.c.
select subject, track, track_stamp
from asset_state
where estate_id = $1::bigint and subject = any ($2::uuid[])
order by subject
for update;
