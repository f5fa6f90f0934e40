-- How far an estate's positions were read for gaps and coverage. Parameters: estate_id. Columns: tracked_to.
-- Callers: duty/track_derive.c.
select coalesce((select tracked_to from judge_mark where estate_id = $1::bigint), '-infinity') as tracked_to;
