-- When the earliest window that is not decided is due, unless somebody marked windows meanwhile.
-- Parameters: estate_id. Columns: nothing. Callers: duty/decide.c.
update judge_mark m
set due_at = d.due_at
from (select coalesce(min(w.due_at), 'infinity') as due_at from duty_window w where w.estate_id = $1::bigint and w.pending) d
where m.estate_id = $1::bigint and m.due_at <> '-infinity' and m.due_at <> d.due_at;
