-- The notice of a key, and its incident (a resolution's may have none) locked until COMMIT: neither a step nor the next contact comes in
-- between. Parameters: key. Columns: estate_id, incident_id, step, since, contact_id, resolution_id, the call that it asks its department to
-- acknowledge (null: it does not), how many incidents were locked (a lock that no column asks for is planned away). No row: none of the
-- last 30 days has it. Callers: incident/notice.c.
with found as materialized (
    select n.estate_id, n.incident_id, n.step, n.since, n.contact_id, n.resolution_id, n.organisation_id, case when n.asks then n.call_id end as call_id
    from notice n
    where n.key = $1::uuid and n.recorded_at > now() - interval '30 days'
), locked as materialized (
    select i.id
    from found f
    join incident i on i.estate_id = f.estate_id and i.id = f.incident_id
    for no key update of i
)
select f.estate_id, f.incident_id, f.step, f.since, f.contact_id, f.resolution_id, c.id, l.incidents
from found f
cross join (select count(*) as incidents from locked) l
left join joint_call c on c.estate_id = f.estate_id and c.id = f.call_id and c.organisation_id = f.organisation_id;
