-- Formula: hot_spot version 1. Where much happens beside much: Gi* of what was counted at buildings per 100 dwellings.
-- Definition: x_j = 100 c_j / dwellings_j; w_ij = 1 when buildings i and j are no farther apart than the band (each is its own
-- neighbour), else 0; X = mean of x, S = sqrt(mean of x^2 - X^2), W_i = sum of w_ij over j:
--   Gi* = (sum w_ij x_j - X W_i) / (S sqrt((n W_i - W_i^2) / (n - 1)))
-- a z score: above 1.96 hot, below -1.96 cold at 5 % (two-sided, one place; many places need a stricter bound).
-- null where the band holds fewer than the minimum count, where n < 2, all are alike (S = 0) or all are neighbours (W_i = n).
-- Source: Getis and Ord 1992, "The Analysis of Spatial Association by Use of Distance Statistics"; Ord and Getis 1995, "Local
-- Spatial Autocorrelation Statistics", equation 6 for Gi*(d). Distances: between the buildings' points, docs/formulas.md.
-- Buildings without known dwellings are not in it (left out by all; counted by nobody).
-- Parameters: estates (bigint[]), from, to (timestamptz), what ('alarm': alarms that began; 'missed': missed windows of
-- duties at the building), band in metres, minimum count in the band.
-- Columns: estate_id, building_id, value (z), numerator (sum w x - X W), denominator (S sqrt(...)), unit ('z'), band_count
-- (null when below the minimum), neighbours (W_i), n. One row a building.
-- Privacy: places; counts below the minimum are not told.
-- Callers: api (measures), tests/duty/test_formula_hot_spot.c.
with building_at as materialized (
    select b.estate_id, b.id, b.lon, b.lat, b.dwellings
    from building b
    where b.estate_id = any ($1::bigint[]) and b.dwellings > 0 and b.valid_from < $3::timestamptz
      and (b.valid_to is null or b.valid_to > $2::timestamptz)
), happened as materialized (
    select e.building_estate_id as estate_id, e.building_id, count(*) as c
    from event e
    where $4::text = 'alarm' and e.kind = 'alarm' and e.phase in ('pulse', 'start') and e.building_id is not null
      and e.building_estate_id = any ($1::bigint[]) and e.t_event >= $2::timestamptz and e.t_event < $3::timestamptz
    group by 1, 2
    union all
    select w.estate_id, w.place_id, count(*)
    from duty_window w
    where $4::text = 'missed' and w.place_kind = 'building' and w.verdict = 'missed' and w.estate_id = any ($1::bigint[])
      and w.t_from >= $2::timestamptz and w.t_from < $3::timestamptz
    group by 1, 2
), x as materialized (
    select b.estate_id, b.id, b.lon, b.lat, coalesce(h.c, 0) as c, 100.0::double precision * coalesce(h.c, 0) / b.dwellings as x,
           -- Squares of the band's width and a tenth: who is within the band is in the same or in a next one.
           b.lon * metres_east(m.lat) as x_m, b.lat * metres_north(m.lat) as y_m,
           floor(b.lon * metres_east(m.lat) / (1.1 * $5::double precision))::bigint as east,
           floor(b.lat * metres_north(m.lat) / (1.1 * $5::double precision))::bigint as north
    from building_at b
    cross join (select avg(lat) as lat from building_at) m
    left join happened h on h.estate_id = b.estate_id and h.building_id = b.id
), whole as materialized (
    select count(*)::double precision as n, avg(x) as mean, sqrt(greatest(avg(x * x) - avg(x) ^ 2, 0)) as s, max(x) > min(x) as vary from x
), near as (
    select i.estate_id, i.id, count(*)::double precision as w, sum(j.x) as wx, sum(j.c) as c
    from x i
    cross join generate_series(-1, 1) de
    cross join generate_series(-1, 1) dn
    join x j on j.east = i.east + de and j.north = i.north + dn
    where abs(i.x_m - j.x_m) <= 1.1 * $5::double precision and abs(i.y_m - j.y_m) <= 1.1 * $5::double precision
      and metres_between(i.lon, i.lat, j.lon, j.lat) <= $5::double precision
    group by 1, 2
), z as (
    select k.estate_id, k.id, k.w, k.c, h.n, k.wx - h.mean * k.w as numerator,
           case when h.n > 1 and h.vary then h.s * sqrt(greatest(h.n * k.w - k.w ^ 2, 0) / (h.n - 1)) end as denominator
    from near k
    cross join whole h
)
select z.estate_id, z.id as building_id, case when z.c >= $6::integer then z.numerator / nullif(z.denominator, 0) end as value,
       case when z.c >= $6::integer then z.numerator end as numerator,
       case when z.c >= $6::integer then z.denominator end as denominator, 'z' as unit,
       case when z.c >= $6::integer then z.c::bigint end as band_count, z.w::bigint as neighbours, z.n::bigint as n
from z
order by z.estate_id, z.id;
