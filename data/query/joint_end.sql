-- Ends the open joint response of an incident that is locked: its calls wait for nothing more, and what was asked needs no answer.
-- Parameters: estate id, incident id, at, actor (null: the platform). Columns: id of each of its calls; no row: none is open.
-- Callers: incident/joint.c.
with ended as (
    update joint
    set stood_down_at = $3::timestamptz, stood_down_by = coalesce($4::text, 'hutong'), told_at = told_at || $3::timestamptz
    where estate_id = $1::bigint and incident_id = $2::bigint and stood_down_at is null
    returning estate_id, id
), over as (
    update joint_call c
    set ended_at = $3::timestamptz
    from ended e
    where c.estate_id = e.estate_id and c.joint_id = e.id
    returning c.estate_id, c.id
), answered as (
    update notice n
    set state = 'acknowledged', next_at = null, ack_by = null, acked_at = now(), acked_by = coalesce($4::text, 'hutong')
    from over c
    where n.estate_id = c.estate_id and n.call_id = c.id and n.asks and n.state in ('pending', 'sent')
)
select id from over order by id;
