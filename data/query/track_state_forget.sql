-- Forgets subjects of whom nothing need be remembered. Parameters: estate_id, subjects (uuid[]).
-- Columns: nothing. Callers: duty/track_slice.c.
delete from tracker_state where estate_id = $1::bigint and subject = any ($2::uuid[]);
