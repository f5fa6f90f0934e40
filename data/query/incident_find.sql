-- One incident. Parameters: estate id, id. Columns: as incident_page up to procedure, then policy, policy_version,
-- pause_reasons (with commas), tag (its version), as_of. No row: there is none. Callers: api (/api/incidents/...).
select i.estate_id, i.id, i.version, i.state::text, i.before::text, i.origin, i.category, c.name, c.name_en, i.severity::text,
       l.code, l.rank, l.name, l.name_en, i.organisation_id, o.name, o.name_en, i.shift_id, i.building_id,
       coalesce(b.name, b.codes[1]), b.name_en, i.storey, i.device_id, coalesce(i.lon, b.lon), coalesce(i.lat, b.lat), i.title,
       i.drill, i.deferred, i.reports, i.t_event, i.reported_at, i.state_at, i.closed_at, i.merged_into,
       nullif(i.breach_at, 'infinity'), k.stage, floor(extract(epoch from nullif(i.breach_at, 'infinity') - now()))::bigint,
       i.procedure, p.key, p.version, array_to_string(p.pause_reasons, ','), i.version::text, now()
from incident i
join incident_category c on c.code = i.category
join incident_level l on l.rank = i.level
join sla_policy p on p.id = i.policy_id and p.version = i.policy_version
left join building b on b.estate_id = i.estate_id and b.id = i.building_id
left join organisation o on o.id = i.organisation_id
left join lateral (
    select k.stage from clock k
    where k.estate_id = i.estate_id and k.incident_id = i.id and k.stopped_at is null and k.due_at < 'infinity'
    order by k.due_at, k.stage
    limit 1
) k on true
where i.estate_id = $1::bigint and i.id = $2::bigint;
