-- Reports an incident under the policy that is valid for it, or adds to the open one with the same merge key.
-- Parameters: estate_id, origin, rule_id, merge_key, category, severity (null: the category's), organisation_id, building_id,
-- storey, device_id, lon, lat, title, drill, t_event, at. Columns: id, state, whether it is a new one; no row: there is no such
-- category, or no policy for it. Callers: incident/report.c.
with policy as (
    select p.id, p.version, c.code, coalesce($6::incident_severity, c.severity) as severity
    from incident_category c
    join sla_policy p on p.severity = coalesce($6::incident_severity, c.severity) and p.valid_to is null
                     and (p.estate_id is null or p.estate_id = $1::bigint) and (p.category is null or p.category = c.code)
    where c.code = $5::text
    order by p.estate_id nulls last, p.category nulls last, p.id
    limit 1
)
insert into incident as i (estate_id, origin, rule_id, merge_key, category, severity, policy_id, policy_version, organisation_id,
                           building_id, storey, device_id, lon, lat, title, drill, t_event, reported_at, state_at)
select $1::bigint, $2::text, $3::bigint, $4::text, p.code, p.severity, p.id, p.version, $7::bigint, $8::bigint, $9::bigint::smallint,
       $10::bigint, $11::double precision, $12::double precision, $13::text, $14::bigint <> 0, $15::timestamptz, $16::timestamptz,
       $16::timestamptz
from policy p
on conflict (estate_id, merge_key) where merge_key is not null and closed_at is null do update
set reports = i.reports + 1, version = i.version + 1
returning i.id, i.state::text, i.reports = 1 as new;
