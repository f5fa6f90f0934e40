-- Changes devices that stay where they are, or that had no place so far; whoever names a device has accepted it.
-- Parameters: estate_id. Columns: id of each that is not as before. Callers: cli/device_put.c.
update device d
set kind = coalesce(s.kind, d.kind), name = coalesce(s.name, d.name), state = 'accepted', appeared = false,
    building_estate_id = case when s.placed then s.building_estate_id else d.building_estate_id end,
    building_id = case when s.placed then s.building_id else d.building_id end,
    storey = case when s.placed then s.storey else d.storey end,
    lon = case when s.placed then s.lon else d.lon end,
    lat = case when s.placed then s.lat else d.lat end
from device_stage s
where d.estate_id = $1::bigint and d.id = s.old_id and not s.moves
  and (d.state <> 'accepted' or d.appeared or d.kind <> coalesce(s.kind, d.kind)
       or d.name is distinct from coalesce(s.name, d.name)
       or (s.placed and (d.building_estate_id, d.building_id, d.storey, d.lon, d.lat)
                        is distinct from (s.building_estate_id, s.building_id, s.storey, s.lon, s.lat)))
returning d.id;
