-- Formula: solved_at_level version 1. The share of a level's closed incidents that went no further up.
-- Definition: of the incidents closed in the period that were ever at a level: closed there / closed, for each level (small things
-- do not leave the grid, large ones do not leave the community). An incident at the district has been at each level below.
-- Source: FIELD.md, "solved at its level".
-- Parameters: estates (bigint[]), from, to (timestamptz).
-- Columns: estate_id, level (its code), value, numerator (closed there), denominator (closed that were there), unit ('1').
-- One row an estate and level.
-- Privacy: incidents of estates; nobody who handled one is in it.
-- Callers: api (measures), tests/duty/test_formula_incident.c.
with closed as materialized (
    select i.estate_id, i.level
    from incident i
    where i.estate_id = any ($1::bigint[]) and i.state = 'closed' and not i.drill
      and i.closed_at >= $2::timestamptz and i.closed_at < $3::timestamptz
)
select e.estate_id, l.code as level,
       count(*) filter (where c.level = l.rank)::double precision / nullif(count(c.level), 0) as value,
       count(*) filter (where c.level = l.rank) as numerator, count(c.level) as denominator, '1' as unit
from (select distinct unnest($1::bigint[]) as estate_id) e
cross join incident_level l
left join closed c on c.estate_id = e.estate_id and c.level >= l.rank
group by e.estate_id, l.rank, l.code
order by e.estate_id, l.rank;
