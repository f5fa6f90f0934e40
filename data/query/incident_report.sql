-- Reports an incident under the policy that is valid for it, or adds to the open one with the same merge key. Of a dispute there is
-- neither a title nor a place but the estate: they go into its first step, locked.
-- Parameters: estate_id, origin, rule_id, merge_key, category, severity (null: the category's), organisation_id, building_id,
-- storey, device_id, lon, lat, title, drill, t_event, at. Columns: id, state, whether it is a new one, procedure; no row: there
-- is no such category - or it is a dispute, which people report -, or no policy for it. Callers: incident/report.c.
with policy as (
    select p.id, p.version, c.code, c.name, c.procedure, c.procedure = 'dispute' as sealed, coalesce($6::incident_severity, c.severity) as severity
    from incident_category c
    join sla_policy p on p.severity = coalesce($6::incident_severity, c.severity) and p.valid_to is null
                     and (p.estate_id is null or p.estate_id = $1::bigint) and (p.category is null or p.category = c.code)
    where c.code = $5::text and (c.procedure = 'loop' or $2::text in ('call', 'patrol', 'resident'))
    order by p.estate_id nulls last, p.category nulls last, p.id
    limit 1
)
insert into incident as i (estate_id, origin, rule_id, merge_key, category, severity, policy_id, policy_version, organisation_id,
                           building_id, storey, device_id, lon, lat, title, drill, t_event, reported_at, state_at, procedure)
select $1::bigint, $2::text, $3::bigint, $4::text, p.code, p.severity, p.id, p.version, $7::bigint,
       case when not p.sealed then $8::bigint end, case when not p.sealed then $9::bigint::smallint end,
       case when not p.sealed then $10::bigint end, case when not p.sealed then $11::double precision end,
       case when not p.sealed then $12::double precision end, case when p.sealed then left(p.name, 200) else $13::text end,
       $14::bigint <> 0, $15::timestamptz, $16::timestamptz, $16::timestamptz, p.procedure
from policy p
on conflict (estate_id, merge_key) where merge_key is not null and closed_at is null do update
set reports = i.reports + 1, version = i.version + 1
returning i.id, i.state::text, i.reports = 1 as new, i.procedure;
