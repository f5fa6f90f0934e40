-- Formula: recurrence version 1. The share of closed incidents after which the same thing happened at the same place again.
-- Definition: of incidents closed in the period, those after whose end another of the same category was reported at the same building
-- within the given days / closed. Those at no building cannot recur and are counted apart; so are those whose days are not over yet.
-- Source: FIELD.md, "recurrence".
-- Parameters: estates (bigint[]), from, to (timestamptz), days (interval), as of (timestamptz; null: not asked).
-- Columns: estate_id, value, numerator (came again), denominator (closed), unit ('1'), nowhere, waiting. One row an estate.
-- Privacy: incidents of estates; nobody who handled one is in it.
-- Callers: api (measures), tests/duty/test_formula_incident.c.
with closed as materialized (
    select i.estate_id, i.id, i.category, i.building_id, i.closed_at, coalesce(i.closed_at + $4::interval > $5::timestamptz, false) as waits
    from incident i
    where i.estate_id = any ($1::bigint[]) and i.state = 'closed' and not i.drill
      and i.closed_at >= $2::timestamptz and i.closed_at < $3::timestamptz
), told as (
    select c.*, exists (select from incident o
                        where o.estate_id = c.estate_id and o.building_id = c.building_id and o.category = c.category and o.id <> c.id
                          and not o.drill and o.state not in ('rejected', 'merged') and o.reported_at > c.closed_at
                          and o.reported_at <= c.closed_at + $4::interval) as again
    from closed c
)
select e.estate_id, count(*) filter (where t.again)::double precision
                    / nullif(count(*) filter (where t.building_id is not null and (t.again or not t.waits)), 0) as value,
       count(*) filter (where t.again) as numerator,
       count(*) filter (where t.building_id is not null and (t.again or not t.waits)) as denominator, '1' as unit,
       count(*) filter (where t.id is not null and t.building_id is null) as nowhere,
       count(*) filter (where t.building_id is not null and t.waits and not t.again) as waiting
from (select distinct unnest($1::bigint[]) as estate_id) e
left join told t on t.estate_id = e.estate_id
group by 1
order by 1;
