-- Changes a zone, route or checkpoint in place, if it is what its author saw.
-- Parameters: 'zone', 'route' or 'checkpoint'; estate id, id, row_tag as it was, kind (a zone's), name, name_en, building id, tag
-- (a checkpoint's), GeoJSON, attributes (JSON). Columns: id, row_tag. No row: it has changed meanwhile.
-- Callers: api/place.c.
with given as (
    select st_force2d(st_setsrid(st_geomfromgeojson($10::text), 4326)) as geom
), zones as (
    update zone x set kind = $5::text, name = $6::text, name_en = $7::text, geom = st_multi(g.geom), attributes = $11::jsonb
    from given g
    where $1::text = 'zone' and x.estate_id = $2::bigint and x.id = $3::bigint and x.valid_to is null
      and row_tag(x.kind, x.name, x.name_en, x.geom::text, x.attributes::text) = $4::text
    returning x.id, row_tag(x.kind, x.name, x.name_en, x.geom::text, x.attributes::text)
), routes as (
    update route x set name = $6::text, name_en = $7::text, geom = st_multi(g.geom), attributes = $11::jsonb
    from given g
    where $1::text = 'route' and x.estate_id = $2::bigint and x.id = $3::bigint and x.valid_to is null
      and row_tag(x.name, x.name_en, x.geom::text, x.attributes::text) = $4::text
    returning x.id, row_tag(x.name, x.name_en, x.geom::text, x.attributes::text)
), checkpoints as (
    update checkpoint x set name = $6::text, name_en = $7::text, building_id = $8::bigint, tag = $9::text, geom = g.geom,
                            attributes = $11::jsonb
    from given g
    where $1::text = 'checkpoint' and x.estate_id = $2::bigint and x.id = $3::bigint and x.valid_to is null
      and row_tag(x.name, x.name_en, x.building_id::text, x.tag, x.geom::text, x.attributes::text) = $4::text
    returning x.id, row_tag(x.name, x.name_en, x.building_id::text, x.tag, x.geom::text, x.attributes::text)
)
select * from zones union all select * from routes union all select * from checkpoints;
