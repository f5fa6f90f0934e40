-- The notice of a key, and its incident locked until COMMIT: neither a step nor the next contact comes in between. Parameters: key.
-- Columns: estate_id, incident_id, step, since, contact_id. No row: none of the last 30 days has it. Callers: incident/notice.c.
select n.estate_id, n.incident_id, n.step, n.since, n.contact_id
from notice n
join incident i on i.estate_id = n.estate_id and i.id = n.incident_id
where n.key = $1::uuid and n.recorded_at > now() - interval '30 days'
for no key update of i;
