-- Finds the rows of now of the staged devices, and which of them come to another place than they have.
-- Parameters: estate_id, source_id. Columns: whether the device is new, whether it moves. Callers: cli/device_put.c.
update device_stage s
set old_id = d.id, placed = s.building_id is not null or s.lon is not null,
    moves = d.id is not null and (s.building_id is not null or s.lon is not null)
            and (d.building_id is not null or d.lon is not null)
            and (d.building_estate_id, d.building_id, d.storey, d.lon, d.lat)
                is distinct from (s.building_estate_id, s.building_id, s.storey, s.lon, s.lat)
from device_stage t
left join device d on d.estate_id = $1::bigint and d.source_id = $2::bigint and d.native_id = t.native_id
                      and d.valid_to is null
where t.line = s.line
returning d.id is null, s.moves;
