-- How many windows of that time are due and not decided yet, and how many there are; a duty whose windows of that time are
-- still to be opened again counts as one. Parameters: from, to (of their beginning). Columns: left, all.
-- Callers: duty/replay.c.
select (select count(*) from duty_window w
        where w.t_from >= $1::timestamptz and w.t_from < $2::timestamptz and w.pending and w.due_at <= now())
       + (select count(*) from duty d
          where greatest(d.valid_from, d.opened_to) < least($2::timestamptz, d.valid_to, now()) and d.opened_to >= $1::timestamptz),
       (select count(*) from duty_window w where w.t_from >= $1::timestamptz and w.t_from < $2::timestamptz);
