-- What a building is and whose it is.
-- Parameters: building id. Columns: id, name, name_en, codes (one a line), levels, levels_source, height_m, height_source,
-- area_m2, dwellings, year_built, use, lon, lat; estate_id, name, name_en, management_type, tz; as_of. No row for an id
-- that is not in use, or out of the scope.
-- Callers: api (GET /api/buildings/{id}/dossier).
select b.id, b.name, b.name_en, array_to_string(b.codes, E'\n') as codes, b.levels,
       b.levels_source::text as levels_source, b.height_m, b.height_source::text as height_source, b.area_m2,
       b.dwellings, b.year_built, b.use, b.lon, b.lat,
       e.id as estate_id, e.name as estate_name, e.name_en as estate_name_en,
       e.management_type::text as management_type, e.tz, now() as as_of
from building b
join estate e on e.id = b.estate_id
where b.id = $1::bigint and b.valid_to is null;
