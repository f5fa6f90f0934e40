-- What is remembered of an estate's subjects. Parameters: estate_id. Columns: subject, state. Callers: duty/track_slice.c.
select subject, state from tracker_state where estate_id = $1::bigint;
