-- Formula: closure version 2. The shares of incidents due in a period that were closed, and closed on time.
-- Definition: due: incidents whose time to be resolved (special ones: to a plan) was over in the period - by the end of the
-- resolve or plan clock's time, or when it stopped before that. closed / due, and closed on time / due, on time meaning that no
-- clock of these stages broke. A second city divides by due less those that were put off with leave (deferred): beside it.
-- Drills, rejected, merged and revoked incidents are never due. A dispute is closed when it is agreed. What was reclassified is measured by the
-- clocks of what it turned out to be. (Version 1 knew neither.)
-- Source: FIELD.md, "closure, on-time" (its check: 972 due, 911 closed, 737 on time give 93.72 % and 75.82 %).
-- Parameters: estates (bigint[]), from, to (timestamptz).
-- Columns: estate_id, value, numerator (closed), denominator (due), unit ('1'), on_time, on_time_value, deferred, value_less_deferred,
-- on_time_less_deferred. One row an estate.
-- Privacy: incidents of estates; nobody who handled one is in it.
-- Callers: api (measures), tests/duty/test_formula_incident.c.
with time as materialized (
    select c.estate_id, c.incident_id, max(coalesce(c.breached_at, c.stopped_at)) as over_at, bool_or(c.breached_at is not null) as broke
    from clock c
    where c.estate_id = any ($1::bigint[]) and c.stage in ('resolve', 'plan') and not c.replaced
    group by 1, 2
), due as materialized (
    select i.estate_id, s.settled as closed, s.settled and not t.broke as on_time, i.deferred
    from time t
    join incident i on i.estate_id = t.estate_id and i.id = t.incident_id
    cross join lateral (select i.state = 'closed' or (i.procedure = 'dispute' and i.state in ('agreed', 'followed_up')) as settled) s
    where t.over_at >= $2::timestamptz and t.over_at < $3::timestamptz and not i.drill and i.state not in ('rejected', 'merged')
      and not exists (select from incident_step s where s.estate_id = i.estate_id and s.incident_id = i.id and s.step = 'revoke')
), counted as (
    select e.estate_id, count(d.estate_id) as due, count(*) filter (where d.closed) as closed, count(*) filter (where d.on_time) as on_time,
           count(*) filter (where d.deferred) as deferred
    from (select distinct unnest($1::bigint[]) as estate_id) e
    left join due d on d.estate_id = e.estate_id
    group by 1
)
select estate_id, closed::double precision / nullif(due, 0) as value, closed as numerator, due as denominator, '1' as unit, on_time,
       on_time::double precision / nullif(due, 0) as on_time_value, deferred,
       closed::double precision / nullif(due - deferred, 0) as value_less_deferred,
       on_time::double precision / nullif(due - deferred, 0) as on_time_less_deferred
from counted
order by 1;
