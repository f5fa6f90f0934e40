-- The estates at which judge has something to look after - duties, windows that are not decided, shifts, positions that
-- came late -, and the state of things. Parameters: none.
-- Columns: estate's id, time zone, the database's time, place version. Callers: duty/judge.c.
select e.id, e.tz, clock_timestamp(), (select version from place_version)
from estate e
where exists (select from duty d where d.estate_id = e.id)
   or exists (select from shift s where s.estate_id = e.id and s.ends_at > now() - interval '2 days')
   or exists (select from stretch s where s.estate_id = e.id)
   or exists (select from judge_again a where a.estate_id = e.id)
order by e.id;
