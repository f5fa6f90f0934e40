-- Marks of estate 0 - an outage of a source of the whole district, its vehicles' tracks - concern every estate that has duties.
-- Parameters: none. Columns: nothing. Callers: duty/judge.c.
with mark as (
    delete from judge_again where estate_id = 0 and why <> 'spread' returning t_from, t_to
)
insert into judge_again (estate_id, t_from, t_to, why)
select d.estate_id, m.t_from, m.t_to, 'spread'
from mark m
cross join (select distinct estate_id from duty) d;
