-- Makes a zone, route or checkpoint. Parameters: 'zone', 'route' or 'checkpoint'; estate id, key or null (one is made), kind
-- (a zone's), name, name_en, building id, tag (a checkpoint's), GeoJSON, attributes (JSON). Columns: id, row_tag.
-- Callers: api/place.c.
with given as (
    select st_force2d(st_setsrid(st_geomfromgeojson($9::text), 4326)) as geom, coalesce($3::text, gen_random_uuid()::text) as key
), zones as (
    insert into zone (estate_id, dataset, key, kind, name, name_en, geom, attributes)
    select $2::bigint, 'api', key, $4::text, $5::text, $6::text, st_multi(geom), $10::jsonb from given where $1::text = 'zone'
    returning id, row_tag(kind, name, name_en, geom::text, attributes::text)
), routes as (
    insert into route (estate_id, dataset, key, name, name_en, geom, attributes)
    select $2::bigint, 'api', key, $5::text, $6::text, st_multi(geom), $10::jsonb from given where $1::text = 'route'
    returning id, row_tag(name, name_en, geom::text, attributes::text)
), checkpoints as (
    insert into checkpoint (estate_id, dataset, key, name, name_en, building_id, tag, geom, attributes)
    select $2::bigint, 'api', key, $5::text, $6::text, $7::bigint, $8::text, geom, $10::jsonb from given
    where $1::text = 'checkpoint'
    returning id, row_tag(name, name_en, building_id::text, tag, geom::text, attributes::text)
)
select * from zones union all select * from routes union all select * from checkpoints;
