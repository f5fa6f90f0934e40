-- What buildings are and whose they are, at a moment, in the order of their ids.
-- Parameters: building ids (bigint[]), the moment. Columns: id, name, name_en, codes (one a line), levels, levels_source, height_m,
-- height_source, area_m2, dwellings, year_built, use, lon, lat; estate_id, name, name_en, management_type (of the profile then,
-- else the estate's own), tz. No row for an id that was not in use then, or is out of the scope.
-- Callers: api (GET /api/buildings/{id}/dossier, POST /api/buildings/dossiers).
select b.id, b.name, b.name_en, array_to_string(b.codes, E'\n') as codes, b.levels,
       b.levels_source::text as levels_source, b.height_m, b.height_source::text as height_source, b.area_m2,
       b.dwellings, b.year_built, b.use, b.lon, b.lat,
       e.id as estate_id, e.name as estate_name, e.name_en as estate_name_en,
       coalesce(p.management_type, e.management_type)::text as management_type, e.tz
from building b
join estate e on e.id = b.estate_id
left join lateral (
    select x.management_type from estate_profile x
    where x.estate_id = e.id and x.valid_from <= $2::timestamptz
    order by x.valid_from desc
    limit 1
) p on true
where b.id = any ($1::bigint[]) and b.valid_from <= $2::timestamptz and (b.valid_to is null or b.valid_to > $2::timestamptz)
order by b.id;
