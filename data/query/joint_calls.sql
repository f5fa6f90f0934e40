-- The calls of an incident's joint responses. Parameters: estate id, incident id. Columns: id, joint_id, field, name, name_en,
-- organisation_id, organisation, organisation_en, called_at, ack_due_at, acked_at, acked_by, overdue_at, arrived_at, left_at,
-- reported_at, report. Callers: api (/api/incidents/.../joint), cli/demo_incident.c.
select c.id, c.joint_id, c.field, f.name, f.name_en, c.organisation_id, o.name, o.name_en, c.called_at, c.ack_due_at, c.acked_at,
       c.acked_by, c.overdue_at, c.arrived_at, c.left_at, c.reported_at, c.report
from joint_call c
join joint_field f on f.code = c.field
join organisation o on o.id = c.organisation_id
where c.estate_id = $1::bigint and c.incident_id = $2::bigint
order by c.joint_id, f.rank;
