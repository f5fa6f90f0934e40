-- A call before what its department does, its incident locked until COMMIT. Parameters: estate id, incident id, call id.
-- Columns: whether there is such a call, its joint response is open, acknowledged, arrived, left. No row: there is no such incident.
-- Callers: incident/joint.c.
select c.id is not null, c.ended_at is null, c.acked_at is not null, c.arrived_at is not null, c.left_at is not null
from incident i
left join joint_call c on c.estate_id = i.estate_id and c.incident_id = i.id and c.id = $3::bigint
where i.estate_id = $1::bigint and i.id = $2::bigint
for update of i;
