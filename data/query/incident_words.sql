-- The words of a dispute, locked, in the order of its steps: first the report's, whose title, text and place they are. Parameters:
-- estate_id, incident_id. Columns: procedure, step's id, step, locked (of the last three null: there are none). No row: there is no
-- such incident. Callers: incident/words.c.
select i.procedure, s.id, s.step, s.locked
from incident i
left join incident_step s on s.estate_id = i.estate_id and s.incident_id = i.id and s.locked is not null
where i.estate_id = $1::bigint and i.id = $2::bigint
order by s.id;
