-- The joint responses of an incident, the newest first. Parameters: estate id, incident id. Columns: id, reason, called_by, called_at,
-- stood_down_at, stood_down_by, drill, tag (the incident's version); one row with nothing but drill and tag when there is none.
-- No row: there is no such incident. Callers: api (/api/incidents/.../joint).
select j.id, j.reason, j.called_by, j.called_at, j.stood_down_at, j.stood_down_by, i.drill, i.version::text
from incident i
left join joint j on j.estate_id = i.estate_id and j.incident_id = i.id
where i.estate_id = $1::bigint and i.id = $2::bigint
order by j.id desc;
