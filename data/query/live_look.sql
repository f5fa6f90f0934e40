-- Is anything to be written at an estate's places? Parameters: estate_id, now. Columns: a moment has come at which a window
-- begins or ends, a building has not been passed for too long, blind spots are to be
-- sought again. Callers: duty/live.c.
select m.live_at <= $2::timestamptz,
       exists (select from building_state b
               where b.estate_id = $1::bigint and b.breach_at <= $2::timestamptz and b.breached_at is null),
       m.blind_at <= $2::timestamptz
from judge_mark m
where m.estate_id = $1::bigint;
