-- What is remembered of some subjects. Parameters: estate_id, subjects (uuid[]). Columns: subject, state.
-- Callers: duty/track_derive.c.
select subject, state from tracker_state where estate_id = $1::bigint and subject = any ($2::uuid[]);
