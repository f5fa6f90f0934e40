-- Formula: steward_coverage version 1. The share of buildings that have a steward (楼长).
-- Definition: buildings with at least one active steward / buildings, at one moment. A building with three counts once, and a
-- steward who is named for the whole estate answers for no building in particular: both are counted apart (120 buildings with
-- 112 stewards is a ratio, not a coverage).
-- Source: FIELD.md, "steward coverage".
-- Parameters: estates (bigint[]), moment (timestamptz).
-- Columns: estate_id, value, numerator, denominator (buildings), unit ('1'), stewards (posts at these buildings), estate_wide.
-- One row an estate.
-- Privacy: posts and places; neither names nor numbers are read.
-- Callers: api (measures), tests/duty/test_formula_place.c.
select a.estate_id, n.covered::double precision / nullif(n.buildings, 0) as value, n.covered as numerator,
       n.buildings as denominator, '1' as unit, n.stewards::bigint as stewards,
       (select count(*) from responsibility r
        where r.estate_id = a.estate_id and r.kind = 'steward' and r.building_id is null and r.valid_from <= $2::timestamptz
          and (r.valid_to is null or r.valid_to > $2::timestamptz)) as estate_wide
from (select distinct unnest($1::bigint[]) as estate_id) a
cross join lateral (
    select count(*) as buildings, count(*) filter (where b.stewards > 0) as covered, coalesce(sum(b.stewards), 0) as stewards
    from (
        select (select count(*) from responsibility r
                where r.estate_id = b.estate_id and r.building_id = b.id and r.kind = 'steward'
                  and r.valid_from <= $2::timestamptz and (r.valid_to is null or r.valid_to > $2::timestamptz)) as stewards
        from building b
        where b.estate_id = a.estate_id and b.valid_from <= $2::timestamptz and (b.valid_to is null or b.valid_to > $2::timestamptz)
    ) b
) n
order by a.estate_id;
