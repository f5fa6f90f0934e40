-- Locks subjects until COMMIT, so that their tracks stay as they are, but for those that a batch holds: judge never waits
-- for a batch while it holds others. Parameters: estate_id, subjects (uuid[]). Columns: subject, track; by subject.
-- Callers: duty/track_derive.c.
select subject, track
from asset_state
where estate_id = $1::bigint and subject = any ($2::uuid[])
order by subject
for update skip locked;
