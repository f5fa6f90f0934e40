-- Devices of now: those that wait first, then those that appeared by themselves. A building that was closed since stands
-- for the one that has taken its place.
-- Parameters: source name or null, state or null, most rows. Columns: source, native_id, kind, name, state, appeared,
-- building_id or null, its estate_id, its name, the estate's name, whether the binding's building is no more, storey,
-- lon, lat, first_seen, last_seen, messages. Callers: cli/device_list.c.
select s.name, d.native_id, d.kind, d.name, d.state, d.appeared, b.id, b.estate_id, coalesce(b.name, b.codes[1]),
       e.name, d.building_id is not null and b.id is null, d.storey, d.lon, d.lat, d.first_seen, d.last_seen, d.messages
from device d
join source s on s.id = d.source_id and s.removed_at is null
left join building o on o.estate_id = d.building_estate_id and o.id = d.building_id
left join lateral (
    select n.* from building n
    where n.dataset = o.dataset and n.key = o.key and n.valid_to is null
    order by n.estate_id <> o.estate_id
    limit 1
) b on true
left join estate e on e.id = b.estate_id
where d.valid_to is null and ($1::text is null or s.name = $1::text) and ($2::text is null or d.state = $2::text)
order by d.state = 'accepted', not d.appeared, s.name, d.native_id collate "C"
limit $3::bigint;
