-- Closes a zone, route or checkpoint, if it is what its author saw; what was decided about it stays.
-- Parameters: 'zone', 'route' or 'checkpoint'; estate id, id, row_tag as it was. Columns: id. No row: it has changed meanwhile.
-- Callers: api/place.c.
with zones as (
    update zone set valid_to = now()
    where $1::text = 'zone' and estate_id = $2::bigint and id = $3::bigint and valid_to is null
      and row_tag(kind, name, name_en, geom::text, attributes::text) = $4::text
    returning id
), routes as (
    update route set valid_to = now()
    where $1::text = 'route' and estate_id = $2::bigint and id = $3::bigint and valid_to is null
      and row_tag(name, name_en, geom::text, attributes::text) = $4::text
    returning id
), checkpoints as (
    update checkpoint set valid_to = now()
    where $1::text = 'checkpoint' and estate_id = $2::bigint and id = $3::bigint and valid_to is null
      and row_tag(name, name_en, building_id::text, tag, geom::text, attributes::text) = $4::text
    returning id
)
select * from zones union all select * from routes union all select * from checkpoints;
