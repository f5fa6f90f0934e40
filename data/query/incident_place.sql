-- Where a report is about, of the estates in the caller's sight: the building that is named or holds the point, else the estate
-- that is named or holds it, else - amid the district's estates, in none - the unassigned.
-- Parameters: estate id, building id, lon, lat (each or null). Columns: estate_id, building_id, lon, lat, whether the point is
-- the estate's: in it, or within some 100 m. No row: there is no such building or estate, or nothing is at the point.
-- Callers: api (POST /api/incidents).
with at (geom) as (
    select st_setsrid(st_makepoint($3::double precision, $4::double precision), 4326)
    where $3::double precision is not null
), building_at as (
    (select b.estate_id, b.id, b.lon, b.lat
     from building b
     where b.id = $2::bigint and b.valid_to is null and ($1::bigint is null or b.estate_id = $1::bigint)
     limit 1)
    union all
    (select b.estate_id, b.id, b.lon, b.lat
     from at
     join building b on st_intersects(b.geom, at.geom)
     where $2::bigint is null and b.valid_to is null and ($1::bigint is null or b.estate_id = $1::bigint)
     order by b.area_m2, b.id
     limit 1)
), estate_at as (
    (select e.id, e.geom from estate e where e.id = $1::bigint and e.valid_to is null)
    union all
    (select e.id, e.geom
     from at
     join estate e on st_intersects(e.geom, at.geom)
     where $1::bigint is null and e.valid_to is null
     order by e.id
     limit 1)
), amid as (
    select u.id, u.geom
    from estate u
    where $1::bigint is null and u.id = 0 and not exists (select from estate_at)
      and exists (select from at
                  where st_intersects(at.geom, (select st_convexhull(st_collect(e.geom)) from estate e where e.valid_to is null)))
), place as (
    select b.estate_id, b.id as building_id, b.lon, b.lat, e.geom
    from building_at b
    join estate e on e.id = b.estate_id and e.valid_to is null
    union all
    select e.id, null, null, null, e.geom
    from (select * from estate_at union all select * from amid) e
    where $2::bigint is null and not exists (select from building_at)
)
select p.estate_id, p.building_id, coalesce($3::double precision, p.lon), coalesce($4::double precision, p.lat),
       coalesce((select st_dwithin(p.geom, at.geom, 0.001) from at), true)
from place p;
