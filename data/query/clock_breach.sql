-- When the earliest of an incident's running clocks is due. Parameters: estate_id, incident_id. Columns: nothing.
-- Callers: incident/clock.c.
update incident i
set breach_at = (select min(c.due_at) from clock c where c.estate_id = i.estate_id and c.incident_id = i.id and c.stopped_at is null)
where i.estate_id = $1::bigint and i.id = $2::bigint;
