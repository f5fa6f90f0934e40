-- Checkpoints, facilities and zones of a building's estate within 100 m of its outline at a moment, the nearest first, at most
-- 60. Parameters: estate id, building id, the moment.
-- Columns: what ('checkpoint', 'facility', 'zone'), id, kind, name, name_en, distance_m.
-- Callers: api (GET /api/buildings/{id}/dossier).
-- The box comes first: it is a comparison, the distance on the ellipsoid is not. A degree is 111.7 km long at most to the north,
-- and to the east at least cos(lat) of 111.3.
with home as materialized (
    select b.geom, b.geom::geography as outline,
           st_expand(b.geom, 100 / (111000 * cos(radians(b.lat))), 100 / 110500.0) as box
    from building b
    where b.estate_id = $1::bigint and b.id = $2::bigint
), place as (
    select 'checkpoint' as what, p.id, null::text as kind, p.name, p.name_en, p.geom, p.valid_from, p.valid_to
    from checkpoint p where p.estate_id = $1::bigint
    union all
    select 'facility', p.id, p.kind, p.name, p.name_en, p.geom, p.valid_from, p.valid_to from facility p where p.estate_id = $1::bigint
    union all
    select 'zone', p.id, p.kind, p.name, p.name_en, p.geom, p.valid_from, p.valid_to from zone p where p.estate_id = $1::bigint
)
select near.what, near.id, near.kind, near.name, near.name_en, near.distance_m
from (
    select p.what, p.id, p.kind, p.name, p.name_en, st_distance(h.outline, p.geom::geography) as distance_m
    from home h
    join place p on p.geom && h.box and p.valid_from <= $3::timestamptz and (p.valid_to is null or p.valid_to > $3::timestamptz)
) near
where near.distance_m <= 100
order by near.distance_m, near.what, near.id
limit 60;
