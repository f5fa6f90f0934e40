-- How many windows of that time are due and not decided yet, and how many there are. Parameters: from, to (of their beginning).
-- Columns: left, all. Callers: duty/replay.c.
select count(*) filter (where pending and due_at <= now()), count(*)
from duty_window
where t_from >= $1::timestamptz and t_from < $2::timestamptz;
