-- What became of the demo's windows: how many have each verdict, and how many are due and wait - with the estates for which no
-- windows are open yet. Parameters: since.
-- Columns: met, missed, unknown, waived, waiting. Callers: cli simulate (--past).
select count(*) filter (where verdict = 'met'), count(*) filter (where verdict = 'missed'),
       count(*) filter (where verdict = 'unknown'), count(*) filter (where verdict = 'waived'),
       count(*) filter (where verdict is null and due_at < now() - interval '1 minute')
       + (select count(distinct d.estate_id) from duty d
          where d.key like 'demo-%' and not exists (select from duty_window w where w.estate_id = d.estate_id))
from duty_window
where t_from >= $1::timestamptz and t_from < now();
