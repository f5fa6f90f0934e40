-- Formula: blind_spot version 1. Buildings that nobody and nothing looked at.
-- Definition: buildings without a valid pass in the period, without a working camera within r metres of their walls, and without
-- a swept zone within r metres / buildings. A camera works when it was known to be online for the given share of the period;
-- its place is its own position, else its building's. A zone is swept when coverage of it began in the period.
-- Source: issue 7, "blind spots: places that all three miss".
-- Rests on: visits, online_spans (0029_formula.sql).
-- Parameters: estates (bigint[]), from, to (timestamptz), r in metres, share (0 to 1), silence (interval, as camera_uptime),
-- subject types of passes (subject_type[]), radius_m of passes, device kinds (text[]).
-- Columns: estate_id, value, numerator (blind), denominator (buildings), unit ('1'), passed, watched, swept (buildings each; they
-- overlap), building_ids (the blind ones). One row an estate.
-- Privacy: places.
-- Callers: api (measures), tests/duty/test_formula_place.c.
with building_at as materialized (
    select b.estate_id, b.id, b.geom, $4::double precision / metres_east(b.lat) as east, $4::double precision / metres_north(b.lat) as north,
           b.lon, b.lat
    from building b
    where b.estate_id = any ($1::bigint[]) and b.valid_from < $3::timestamptz and (b.valid_to is null or b.valid_to > $2::timestamptz)
), reach as materialized (
    select st_expand(st_setsrid(st_extent(geom)::geometry, 4326), max(east), max(north)) as box from building_at group by estate_id
), passed as (
    select distinct v.estate_id, v.place_id as id
    from visits($1::bigint[], '{building}', $2::timestamptz, $3::timestamptz) v
    where v.method = 'pass' and v.subject_type = any ($7::subject_type[]) and v.nearest_m <= $8::double precision
), camera as materialized (
    select d.estate_id, d.id, coalesce(d.lon, b.lon) as lon, coalesce(d.lat, b.lat) as lat, row_number() over (order by d.estate_id, d.id) as n
    from device d
    left join building b on b.estate_id = d.building_estate_id and b.id = d.building_id
    where d.kind = any ($9::text[]) and d.state = 'accepted' and coalesce(d.lon, b.lon) is not null
      and d.valid_from < $3::timestamptz and (d.valid_to is null or d.valid_to > $2::timestamptz)
      and exists (select 1 from building_at t
                  where t.geom && st_expand(st_setsrid(st_makepoint(coalesce(d.lon, b.lon), coalesce(d.lat, b.lat)), 4326), t.east, t.north))
), working as materialized (
    select c.lon, c.lat
    from online_spans((select array_agg(estate_id order by n) from camera), (select array_agg(id order by n) from camera),
                      (select array_agg($2::timestamptz order by n) from camera), (select array_agg($3::timestamptz order by n) from camera),
                      $2::timestamptz, $3::timestamptz, $6::interval) s
    join camera c on c.n = s.n
    where seconds(s.online) >= $5::double precision * seconds($3::timestamptz - $2::timestamptz) and not isempty(s.online)
), watched as (
    select distinct b.estate_id, b.id
    from building_at b
    join working w on b.geom && st_expand(st_setsrid(st_makepoint(w.lon, w.lat), 4326), b.east, b.north)
    where st_distance(local_metres(b.geom, b.lon, b.lat), local_metres(st_setsrid(st_makepoint(w.lon, w.lat), 4326), b.lon, b.lat))
          <= $4::double precision
), zone_swept as materialized (
    select z.estate_id, z.id, z.geom
    from zone z
    where exists (select 1 from reach r where z.geom && r.box)
      and exists (select 1
                  from (select distinct on (c.t_event, c.subject) c.void
                        from coverage c
                        where c.estate_id = z.estate_id and c.zone_id = z.id and c.t_event >= $2::timestamptz and c.t_event < $3::timestamptz
                        order by c.t_event, c.subject, c.version desc) n
                  where not n.void)
), swept as (
    select distinct b.estate_id, b.id
    from building_at b
    join zone_swept z on b.geom && st_expand(z.geom, b.east, b.north)
    where st_distance(local_metres(b.geom, b.lon, b.lat), local_metres(z.geom, b.lon, b.lat)) <= $4::double precision
)
select a.estate_id, n.blind::double precision / nullif(n.buildings, 0) as value, n.blind as numerator, n.buildings as denominator,
       '1' as unit, n.passed, n.watched, n.swept, n.ids as building_ids
from (select distinct unnest($1::bigint[]) as estate_id) a
cross join lateral (
    select count(*) as buildings, count(p.id) as passed, count(w.id) as watched, count(s.id) as swept,
           count(*) filter (where p.id is null and w.id is null and s.id is null) as blind,
           coalesce(array_agg(b.id order by b.id) filter (where p.id is null and w.id is null and s.id is null), '{}') as ids
    from building_at b
    left join passed p on p.estate_id = b.estate_id and p.id = b.id
    left join watched w on w.estate_id = b.estate_id and w.id = b.id
    left join swept s on s.estate_id = b.estate_id and s.id = b.id
    where b.estate_id = a.estate_id
) n
order by a.estate_id;
