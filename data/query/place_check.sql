-- Can this geometry be a place's? Parameters: GeoJSON, estate id, building id or null.
-- Columns: valid, reason (why not), area_m2, length_m, building (it is one of the estate's). Callers: api/place.c.
select st_isvalid(g), st_isvalidreason(g), st_area(g::geography), st_length(g::geography),
       $3::bigint is null or exists (select from building b where b.estate_id = $2::bigint and b.id = $3::bigint and b.valid_to is null)
from (select st_force2d(st_setsrid(st_geomfromgeojson($1::text), 4326)) as g) one;
