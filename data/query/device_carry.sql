-- What is known of a device stays with it when another row is opened for it.
-- Parameters: estate_id, source_id. Callers: cli/device_put.c.
update device_state t set device_id = d.id
from device_stage s
join device d on d.estate_id = $1::bigint and d.source_id = $2::bigint and d.native_id = s.native_id
                 and d.valid_to is null
where s.moves and t.estate_id = $1::bigint and t.device_id = s.old_id;
