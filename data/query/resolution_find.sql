-- One resolution. Parameters: estate id, id. Columns: as resolution_page. No row: there is none. Callers: api (/api/resolutions/...).
select t.estate_id, t.id, t.version, t.meeting_id, l.code, t.incident_id, t.organisation_id, o.name, o.name_en, t.text, t.state, t.outcome,
       t.made_at, t.made_by, t.deadline, t.warned_at, t.overdue_at, t.ended_at, t.ended_by, coalesce(i.drill, false), t.version::text
from resolution t
join incident_level l on l.rank = t.level
join organisation o on o.id = t.organisation_id
left join incident i on i.estate_id = t.estate_id and i.id = t.incident_id
where t.estate_id = $1::bigint and t.id = $2::bigint;
