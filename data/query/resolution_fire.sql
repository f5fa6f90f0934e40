-- Tasks that are nearly due, or overdue: each said once, whoever says it. Parameters: now, how many at most. Columns: how many.
-- Callers: incident/agenda.c.
with ripe as materialized (
    select t.estate_id, t.id, t.fires_at, t.warned_at is null and t.warn_at = t.fires_at as warns
    from resolution t
    where t.fires_at <= $1::timestamptz
    order by t.fires_at
    limit $2::bigint
    for update skip locked
), said as (
    update resolution t
    set warned_at = case when r.warns then r.fires_at else t.warned_at end,
        overdue_at = case when r.warns then t.overdue_at else r.fires_at end
    from ripe r
    where t.estate_id = r.estate_id and t.id = r.id
    returning t.*, case when r.warns then 'resolution_warn' else 'resolution_overdue' end as step
), told as (
    insert into notice (estate_id, incident_id, step, contact_id, organisation_id, level, asks, line, link, body, resolution_id)
    select distinct on (t.estate_id, t.id, c.contact_id)
           t.estate_id, t.incident_id, r.step, c.contact_id, c.organisation_id, c.rank, r.asks, resolution_line(k, r.name),
           concat('#', '&incident=' || t.incident_id), resolution_body(k, r.step, r.name, r.name_en), t.id
    from said t
    join resolution k on k.estate_id = t.estate_id and k.id = t.id
    join notice_rule r on r.step = t.step
    cross join lateral notice_next(t.estate_id, t.incident_id, r.step, statement_timestamp(),
                                   case r.whom when 'organisation' then t.organisation_id else level_organisation_of(t.estate_id, t.level) end,
                                   0::smallint, t.level) c
    order by t.estate_id, t.id, c.contact_id
)
select count(*) from ripe;
