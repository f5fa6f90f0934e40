-- Formula: route_adherence version 1. How much of a planned route was walked or driven.
-- Definition: planned length inside the track buffer / planned length. The track: steps between consecutive positions of one
-- subject on shift, no longer apart than the given seconds, no longer than 200 m and no faster than 7 m/s on foot and 42 m/s on
-- wheels (facts/rules.c), and positions without such a step alone; positions over the accuracy gate and without a time of their
-- own are no evidence. The buffer is round. All subjects of the given types in the period count together; neither their order
-- nor the direction is asked. Metres around the middle of the route's box (docs/formulas.md, Coordinates).
-- Source: FIELD.md, "route adherence".
-- Parameters: estates (bigint[]), from, to (timestamptz), buffer in metres, accuracy_m, gap in seconds, subject types
-- (subject_type[]). Positions are looked for in the route's estate and in estate 0, where district-wide sources are.
-- Columns: estate_id, route_id, value, numerator, denominator (m), unit ('m/m'), positions (used). One row a route.
-- Privacy: positions are read and only lengths come out, of a route and all its walkers together; within fix's short retention.
-- Callers: api (measures), tests/duty/test_formula_area.c.
with planned as materialized (
    select r.estate_id, r.id, m.lon, m.lat, st_force2d(local_metres(r.geom, m.lon, m.lat)) as line,
           ($4::double precision + 200) / metres_east(m.lat) as east, ($4::double precision + 200) / metres_north(m.lat) as north,
           st_xmin(r.geom) as x0, st_xmax(r.geom) as x1, st_ymin(r.geom) as y0, st_ymax(r.geom) as y1
    from route r
    cross join lateral (select (st_xmin(r.geom) + st_xmax(r.geom)) / 2 as lon, (st_ymin(r.geom) + st_ymax(r.geom)) / 2 as lat) m
    where r.estate_id = any ($1::bigint[]) and r.valid_from < $3::timestamptz and (r.valid_to is null or r.valid_to > $2::timestamptz)
), position as (
    select p.estate_id, p.id, f.subject, f.subject_type, f.t_event,
           (f.lon - p.lon) * metres_east(p.lat) as x, (f.lat - p.lat) * metres_north(p.lat) as y
    from planned p
    join fix f on f.estate_id = any (array[p.estate_id, 0])
    where f.t_event >= $2::timestamptz and f.t_event < $3::timestamptz and f.shift_id is not null and f.subject is not null
      and f.subject_type = any ($7::subject_type[]) and coalesce(f.acc_m, 0) <= $5::double precision and f.t_source <> 'received'
      and f.lon between p.x0 - p.east and p.x1 + p.east and f.lat between p.y0 - p.north and p.y1 + p.north
), step as (
    select s.*, coalesce(s.way <= 200 and s.took > 0 and s.took <= $6::double precision
                         and s.way / s.took <= case when s.subject_type in ('guard', 'cleaner') then 7 else 42 end, false) as walked
    from (select q.*, sqrt((q.x - q.px) ^ 2 + (q.y - q.py) ^ 2) as way, seconds(q.t_event - q.pt) as took
          from (select o.*, lag(o.x) over w as px, lag(o.y) over w as py, lag(o.t_event) over w as pt
                from position o window w as (partition by o.estate_id, o.id, o.subject order by o.t_event)) q) s
), track as (
    select s.estate_id, s.id, count(*) as positions,
           st_buffer(st_collect(case when s.walked and s.way > 0 then st_makeline(st_makepoint(s.px, s.py), st_makepoint(s.x, s.y))
                                     else st_makepoint(s.x, s.y) end), $4::double precision, 'quad_segs=16') as swath
    from step s
    group by 1, 2
)
select p.estate_id, p.id as route_id,
       coalesce(st_length(st_intersection(p.line, t.swath)), 0) / nullif(st_length(p.line), 0) as value,
       coalesce(st_length(st_intersection(p.line, t.swath)), 0) as numerator, st_length(p.line) as denominator, 'm/m' as unit,
       coalesce(t.positions, 0) as positions
from planned p
left join track t on t.estate_id = p.estate_id and t.id = p.id
order by p.estate_id, p.id;
