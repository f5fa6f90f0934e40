-- Opens rows of devices that are new or come to another place. In key order, as workers do.
-- Parameters: estate_id, source_id. Callers: cli/device_put.c.
insert into device (estate_id, source_id, native_id, kind, name, building_estate_id, building_id, storey, lon, lat,
                    first_seen, last_seen, messages)
select $1::bigint, $2::bigint, s.native_id, coalesce(s.kind, d.kind, 'unit'), coalesce(s.name, d.name),
       s.building_estate_id, s.building_id, s.storey, s.lon, s.lat, d.first_seen, d.last_seen, coalesce(d.messages, 0)
from device_stage s
left join device d on d.estate_id = $1::bigint and d.id = s.old_id
where s.old_id is null or s.moves
order by s.native_id;
