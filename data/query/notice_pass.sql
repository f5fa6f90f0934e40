-- Nobody answered in time, or it could not be delivered: the next one is told. What somebody has locked - he is taking a step just now -
-- waits for the next time. Parameters: how many at most. Columns: how many were passed on. Callers: incident/deliver.c.
with due as materialized (
    select n.estate_id, n.recorded_at, n.id, n.incident_id, n.step, n.since, n.contact_id, n.organisation_id, n.level, n.asks, n.line,
           n.link, n.body, n.call_id, n.resolution_id, i.closed_at is null as open
    from notice n
    join incident i on i.estate_id = n.estate_id and i.id = n.incident_id
    where n.ack_by <= clock_timestamp() and n.recorded_at > now() - interval '7 days'
    order by n.ack_by
    limit $1::bigint
    for no key update of n, i skip locked
), passed as (
    update notice n
    set ack_by = null, passed_at = now()
    from due d
    where n.estate_id = d.estate_id and n.recorded_at = d.recorded_at and n.id = d.id
    returning n.id
), told as (
    insert into notice (estate_id, incident_id, step, since, contact_id, organisation_id, level, asks, line, link, body, call_id, resolution_id)
    select distinct on (d.estate_id, d.incident_id, d.step, d.since, x.contact_id)
           d.estate_id, d.incident_id, d.step, d.since, x.contact_id, x.organisation_id, x.rank, d.asks, d.line, d.link, d.body,
           d.call_id, d.resolution_id
    from due d
    join contact c on c.id = d.contact_id
    cross join lateral notice_next(d.estate_id, d.incident_id, d.step, d.since, d.organisation_id, c.position, d.level) x
    where d.open
    order by d.estate_id, d.incident_id, d.step, d.since, x.contact_id
)
select count(*) as passed from passed;
