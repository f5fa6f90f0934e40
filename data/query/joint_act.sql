-- What a department does with its call, a step of the incident: acknowledge, arrive (which acknowledges), leave, report (likewise). What
-- its contacts were asked is answered. What judge has said meanwhile to be overdue was not acknowledged before that.
-- Parameters: estate id, incident id, call id, act, at, actor, note. Columns: nothing.
-- Callers: incident/joint.c; joint_hold.sql comes before.
with acted as (
    update joint_call c
    set acked_at = case when $4::text = 'leave' then c.acked_at else coalesce(c.acked_at, greatest($5::timestamptz, c.overdue_at)) end,
        acked_by = case when $4::text = 'leave' then c.acked_by else coalesce(c.acked_by, $6::text) end,
        arrived_at = case when $4::text = 'arrive' then $5::timestamptz else c.arrived_at end,
        left_at = case $4::text when 'leave' then $5::timestamptz when 'arrive' then null else c.left_at end,
        reported_at = case when $4::text = 'report' then $5::timestamptz else c.reported_at end,
        report = case when $4::text = 'report' then $7::text else c.report end
    where c.estate_id = $1::bigint and c.incident_id = $2::bigint and c.id = $3::bigint
    returning c.estate_id, c.incident_id, c.id, c.field, c.organisation_id
), answered as (
    update notice n
    set state = 'acknowledged', next_at = null, ack_by = null, acked_at = now(), acked_by = $6::text
    from acted a
    where n.estate_id = a.estate_id and n.call_id = a.id and n.asks and n.state in ('pending', 'sent')
), counted as (
    update incident i
    set version = i.version + 1, touched = true
    from acted a
    where i.estate_id = a.estate_id and i.id = a.incident_id
    returning i.state
)
insert into incident_step (estate_id, incident_id, step, at, state, actor, note, organisation_id, detail)
select a.estate_id, a.incident_id, 'call_' || $4::text, $5::timestamptz, i.state, $6::text, $7::text, a.organisation_id,
       jsonb_build_object('call', a.id, 'field', a.field)
from acted a
cross join counted i;
