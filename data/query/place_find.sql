-- One zone, route or checkpoint that is valid. Parameters: 'zone', 'route' or 'checkpoint'; estate id, id.
-- Columns: key, kind (a zone's), name, name_en, building_id, tag (a checkpoint's), geometry (GeoJSON), attributes, valid_from,
-- estate_id, id, row_tag. No row: there is none. Callers: api (/api/zones, routes, checkpoints).
select key, kind, name, name_en, null::bigint as building_id, null::text as tag, st_asgeojson(geom, 7) as geometry,
       attributes::text as attributes, valid_from, estate_id, id, row_tag(kind, name, name_en, geom::text, attributes::text)
from zone where $1::text = 'zone' and estate_id = $2::bigint and id = $3::bigint and valid_to is null
union all
select key, null, name, name_en, null, null, st_asgeojson(geom, 7), attributes::text, valid_from, estate_id, id,
       row_tag(name, name_en, geom::text, attributes::text)
from route where $1::text = 'route' and estate_id = $2::bigint and id = $3::bigint and valid_to is null
union all
select key, null, name, name_en, building_id, tag, st_asgeojson(geom, 7), attributes::text, valid_from, estate_id, id,
       row_tag(name, name_en, building_id::text, tag, geom::text, attributes::text)
from checkpoint where $1::text = 'checkpoint' and estate_id = $2::bigint and id = $3::bigint and valid_to is null;
