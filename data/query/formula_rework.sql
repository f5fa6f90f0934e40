-- Formula: rework version 1. The share of verifications that failed.
-- Definition: rework steps / (rework + verify steps) taken in the period, drills apart.
-- Source: FIELD.md, "rework".
-- Parameters: estates (bigint[]), from, to (timestamptz).
-- Columns: estate_id, value, numerator (failed), denominator (verifications), unit ('1'). One row an estate.
-- Privacy: incidents of estates; nobody who handled one is in it.
-- Callers: api (measures), tests/duty/test_formula_incident.c.
with step as materialized (
    select s.estate_id, s.step
    from incident_step s
    join incident i on i.estate_id = s.estate_id and i.id = s.incident_id
    where s.estate_id = any ($1::bigint[]) and s.step in ('verify', 'rework') and s.at >= $2::timestamptz and s.at < $3::timestamptz
      and not i.drill
)
select e.estate_id, count(*) filter (where s.step = 'rework')::double precision / nullif(count(s.step), 0) as value,
       count(*) filter (where s.step = 'rework') as numerator, count(s.step) as denominator, '1' as unit
from (select distinct unnest($1::bigint[]) as estate_id) e
left join step s on s.estate_id = e.estate_id
group by 1
order by 1;
