-- What was done about an incident, in order. Parameters: estate id, incident id. Columns: id, step, at, recorded_at, state (after
-- it), actor, note, organisation_id, organisation, organisation_en, detail (JSON). Callers: api (/api/incidents/...).
select s.id, s.step, s.at, s.recorded_at, s.state::text, s.actor, s.note, s.organisation_id, o.name, o.name_en, s.detail::text
from incident_step s
left join organisation o on o.id = s.organisation_id
where s.estate_id = $1::bigint and s.incident_id = $2::bigint
order by s.id;
