-- An estate's positions of before then have been read. Parameters: estate_id, tracked_to. Columns: nothing.
-- Callers: duty/track_slice.c.
insert into judge_mark (estate_id, tracked_to) values ($1::bigint, $2::timestamptz)
on conflict (estate_id) do update set tracked_to = excluded.tracked_to;
