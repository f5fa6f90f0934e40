-- The things that are bound to a building, and what is known of each: a row for each thing and channel, the things that
-- spoke last first, at most 60 rows.
-- Parameters: building id. Columns: id, kind, name, native_id, storey of the device; kind, channel, t_event, phase,
-- severity, measures of what it said last; the device's estate. Callers: api (GET /api/buildings/{id}/dossier).
select d.id, d.kind, d.name, d.native_id, d.storey, s.kind::text as state_kind, s.channel, s.t_event,
       s.phase::text as phase, s.severity, s.measures::text as measures, d.estate_id
from device d
join device_state s on s.estate_id = d.estate_id and s.device_id = d.id
where d.building_id = $1::bigint and d.valid_to is null and d.state = 'accepted'
order by max(s.t_event) over (partition by d.estate_id, d.id) desc, d.id, s.kind, s.channel
limit 60;
