-- What goes on at a device stays with it when another row is opened for it.
-- Parameters: estate_id, source_id. Callers: cli/device_put.c.
update lifecycle l set device_id = d.id
from device_stage s
join device d on d.estate_id = $1::bigint and d.source_id = $2::bigint and d.native_id = s.native_id
                 and d.valid_to is null
where s.moves and l.estate_id = $1::bigint and l.device_id = s.old_id;
