-- Closes the rows of devices that come to another place: a binding is never moved in place.
-- Parameters: estate_id. Callers: cli/device_put.c.
update device d set valid_to = now()
from device_stage s
where s.moves and d.estate_id = $1::bigint and d.id = s.old_id;
