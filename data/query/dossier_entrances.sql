-- A building's entrances at a moment. Parameters: estate id, building id, the moment. Columns: id, name, lon, lat.
-- Callers: api (GET /api/buildings/{id}/dossier).
select n.id, n.name, n.lon, n.lat
from entrance n
where n.estate_id = $1::bigint and n.building_id = $2::bigint and n.valid_from <= $3::timestamptz
  and (n.valid_to is null or n.valid_to > $3::timestamptz)
order by n.id;
