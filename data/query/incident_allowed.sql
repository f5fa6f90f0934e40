-- The steps that people may take of an incident now. Parameters: estate id, incident id. Columns: step, whether it needs a note,
-- the state after it (null: it stays, or becomes the one of before), the incident's state. Callers: api (/api/incidents/...).
select m.step, m.note, m.next::text, i.state::text
from incident i
join incident_move m on m.state = i.state and m.by <> 'platform'
where i.estate_id = $1::bigint and i.id = $2::bigint
  and (m.step <> 'escalate' or i.level < (select max(rank) from incident_level))
order by m.step;
