-- The steps that the caller may take of an incident now. Parameters: estate id, incident id, 1: who handles incidents there, 0: who
-- carries out at most, and then whom incidents are sent to, for task_of() (null: nobody). Columns: step, whether it needs a
-- note, the state after it (null: it stays, or becomes the one of before), the incident's state. Callers: api (/api/incidents/...).
select m.step, m.note, m.next::text, i.state::text
from incident i
join incident_move m on m.procedure = i.procedure and m.state = i.state and m.by <> 'platform'
where i.estate_id = $1::bigint and i.id = $2::bigint
  and (m.step <> 'escalate' or i.level < (select max(rank) from incident_level))
  and (m.step <> 'stand_down' or exists (select from joint j where j.estate_id = i.estate_id and j.incident_id = i.id and j.stood_down_at is null))
  and ($3::bigint = 1
       or (m.step in (select c.step from incident_carry c)
           and exists (select from task_of($4::text) s where s.carries and s.estate_id = i.estate_id and s.incident_id = i.id)))
order by m.step;
