-- Formula: clock_compliance version 1. The share of a stage's clocks that were kept, and how much of their time was used.
-- Definition: clocks that ended in the period - stopped, or broke before that -: those that did not break / all, for each stage.
-- p50 and p90: of the share of its time that a stopped clock had used, from 0; above 1 it was late. Clocks of rejected, merged and
-- revoked incidents and of drills are left out, nobody was to keep them; so are those that reclassify replaced by others.
-- Source: FIELD.md, "clock compliance".
-- Parameters: estates (bigint[]), from, to (timestamptz).
-- Columns: estate_id, stage, value, numerator (kept), denominator (ended), unit ('1'), p50, p90. One row an estate and stage that
-- has any.
-- Privacy: incidents of estates; nobody who handled one is in it.
-- Callers: api (measures), tests/duty/test_formula_incident.c.
with ended as materialized (
    select c.estate_id, c.stage, c.breached_at is null as kept, c.stopped_at is not null as stopped,
           1 - c.left_us::double precision / nullif(c.total_us, 0) as used
    from clock c
    join incident i on i.estate_id = c.estate_id and i.id = c.incident_id
    where c.estate_id = any ($1::bigint[]) and not c.replaced and least(c.breached_at, c.stopped_at) >= $2::timestamptz
      and least(c.breached_at, c.stopped_at) < $3::timestamptz and not i.drill and i.state not in ('rejected', 'merged')
      and not exists (select from incident_step s where s.estate_id = i.estate_id and s.incident_id = i.id and s.step = 'revoke')
)
select estate_id, stage, count(*) filter (where kept)::double precision / count(*) as value, count(*) filter (where kept) as numerator,
       count(*) as denominator, '1' as unit,
       percentile_cont(0.5) within group (order by used) filter (where stopped) as p50,
       percentile_cont(0.9) within group (order by used) filter (where stopped) as p90
from ended
group by 1, 2
order by 1, 2;
