-- The place of a kind that a geometry means: the smallest that holds a point of it, else the nearest within 50 m.
-- Parameters: estate, subject_kind, the geometry as GeoJSON. Columns: id; no row: there is none. Callers: cli import
-- duties.
with spot as (
    select st_pointonsurface(st_setsrid(st_geomfromgeojson($3::text), 4326)) as geom
), places (kind, id, geom) as (
    select 'building', id, geom from building where estate_id = $1::bigint and valid_to is null
    union all
    select 'entrance', id, st_point(lon, lat, 4326) from entrance where estate_id = $1::bigint and valid_to is null
    union all
    select 'checkpoint', id, geom from checkpoint where estate_id = $1::bigint and valid_to is null
    union all
    select 'route', id, geom from route where estate_id = $1::bigint and valid_to is null
    union all
    select 'zone', id, geom from zone where estate_id = $1::bigint and valid_to is null
    union all
    select 'facility', id, geom from facility where estate_id = $1::bigint and valid_to is null
    union all
    select d.kind, d.id, st_point(coalesce(d.lon, b.lon), coalesce(d.lat, b.lat), 4326)
    from device d
    left join building b on b.estate_id = d.building_estate_id and b.id = d.building_id
    where d.kind in ('camera', 'bin') and d.valid_to is null and d.state = 'accepted'
      and coalesce(d.building_estate_id,
                   (select min(e.id) from estate e
                    where e.valid_to is null and e.id <> 0 and st_intersects(e.geom, st_point(d.lon, d.lat, 4326))),
                   d.estate_id) = $1::bigint
)
select p.id
from places p, spot s
where p.kind = $2::text and st_dwithin(p.geom::geography, s.geom::geography, 50)
order by st_distance(p.geom::geography, s.geom::geography), st_area(p.geom), p.id
limit 1;
