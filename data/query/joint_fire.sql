-- Calls that nobody has acknowledged in time, each said once: whoever says it locks the incident, passes over those that somebody else
-- has, and writes it down in the same transaction. Parameters: now, how many at most, estate_id and id of the one incident that is asked
-- for (null: all). Columns: estate_id, call id. Callers: incident/joint.c.
with ripe as materialized (
    select c.estate_id, c.incident_id, c.id, c.field, c.organisation_id, c.fires_at, i.state
    from joint_call c
    join incident i on i.estate_id = c.estate_id and i.id = c.incident_id
    where c.fires_at <= $1::timestamptz
      and ($3::bigint is null or (c.estate_id = $3::bigint and c.incident_id = $4::bigint))
    order by c.fires_at
    limit $2::bigint
    for update of i, c skip locked
), said as (
    update joint_call c
    set overdue_at = r.fires_at
    from ripe r
    where c.estate_id = r.estate_id and c.id = r.id
), noted as (
    insert into incident_step (estate_id, incident_id, step, at, state, organisation_id, detail)
    select r.estate_id, r.incident_id, 'call_overdue', r.fires_at, r.state, r.organisation_id,
           jsonb_build_object('call', r.id, 'field', r.field)
    from ripe r
    order by r.fires_at, r.id
), counted as (
    update incident i
    set version = i.version + n.count
    from (select estate_id, incident_id, count(*)::integer as count from ripe group by estate_id, incident_id) n
    where i.estate_id = n.estate_id and i.id = n.incident_id
)
select estate_id, id from ripe order by fires_at, id;
