-- How simulated sweepers drive the zones of sanitation: strokes of 8 m to and fro along the houses, where there is room for 20 m
-- of one; what lies between two strokes is crossed as the crow flies. In metres of the zone's UTM, turned so that strokes lie
-- east and west. Columns: estate_id, id of the zone, line (WKB). Callers: cli simulate.
with ground as materialized (
    select z.estate_id, z.id, f.plane, st_transform(z.geom, f.plane) as geom, st_centroid(st_transform(z.geom, f.plane)) as middle,
           (select st_union(st_buffer(st_transform(o.geom, f.plane), 1.5, 2))
            from (select b.geom from building b where b.valid_to is null and st_intersects(b.geom, z.geom)
                  union all
                  select w.geom from water w where w.valid_to is null and st_intersects(w.geom, z.geom)) o) as taken,
           (select st_azimuth(st_pointn(box, 1), st_pointn(box, 2))
                   + case when st_distance(st_pointn(box, 1), st_pointn(box, 2)) < st_distance(st_pointn(box, 2), st_pointn(box, 3))
                          then pi() / 2 else 0 end
            from building b
            cross join lateral (select st_exteriorring(st_orientedenvelope(st_transform(b.geom, f.plane))) as box) o
            where b.valid_to is null and st_intersects(b.geom, z.geom)
            order by b.area_m2 desc, b.id limit 1) as along
    from zone z
    cross join lateral (select 32601 + floor((st_xmin(z.geom) + 180) / 6)::int as plane) f
    where z.valid_to is null and z.kind = 'sanitation'
), free as materialized (
    select g.*, coalesce(along, pi() / 2) - pi() / 2 as turn,
           st_rotate(st_difference(st_buffer(geom, -2, 2), coalesce(taken, st_setsrid('polygon empty'::geometry, plane))),
                     coalesce(along, pi() / 2) - pi() / 2, middle) as room
    from ground g
), stroke as (
    select f.estate_id, f.id, f.plane, f.turn, f.middle, n, part.geom as line,
           case when n % 2 = 0 then st_xmin(part.geom) else -st_xmax(part.geom) end as place
    from free f
    cross join lateral generate_series(0, floor((st_ymax(room) - st_ymin(room)) / 8)::int) n
    cross join lateral st_dump(st_intersection(room, st_setsrid(st_makeline(
        st_makepoint(st_xmin(room) - 1, st_ymin(room) + 2 + 8 * n), st_makepoint(st_xmax(room) + 1, st_ymin(room) + 2 + 8 * n)), f.plane))) part
    where st_length(part.geom) > 20
)
select estate_id, id,
       st_asbinary(st_transform(st_rotate(st_makeline(case when n % 2 = 0 then line else st_reverse(line) end order by n, place),
                                          -turn, middle), 4326)) as line
from stroke
group by estate_id, id, plane, turn, middle
order by estate_id, id;
