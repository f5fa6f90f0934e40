-- Outages of sources and of the platform that ended within the last day, the newest row of each, and brokers that are away
-- now. Columns: how many, the last one (what was away, why and when, in UTC; null: there is none).
-- Callers: cli/doctor_database.c.
with told as (
    select distinct on (estate_id, scope, source_id, t_from) scope, source_id, cause, t_from, t_to, void
    from outage
    where scope in ('source', 'platform') and t_from > now() - interval '40 days'
    order by estate_id, scope, source_id, t_from, id desc
), recent as (
    select scope, source_id, cause, t_from, t_to from told
    where not void and (t_to is null or t_to > now() - interval '1 day')
    union all
    select 'source', source_id, 'connection', away_at, null
    from source_stat
    where away_at < clock_timestamp() - interval '1 minute'
)
select count(*) as outages,
       (array_agg(coalesce(s.name, r.scope) || ', ' || r.cause || ', ' || to_char(r.t_from, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                  || coalesce(' to ' || to_char(r.t_to, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ' until now')
                  order by r.t_to desc nulls first, r.t_from desc))[1] as last
from recent r
left join source s on s.id = r.source_id and r.scope = 'source';
