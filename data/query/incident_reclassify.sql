-- An incident is of another category or severity: the policy that is valid for that now holds, and its clocks go on under it. Each
-- that has not stopped is stopped, and one of the new policy takes its place with the time already worked taken off: of the same
-- stage, or of resolve for plan and plan for resolve where the policy has the other one. A level's or an end's clock that there was
-- not begins with all its time. In the step's transaction, after incident_step.sql and before clock_breach.sql.
-- Parameters: estate_id, id, category, severity (each null: as it is), at. Columns: category; no row: there is no such category of the
-- incident's procedure, or no policy for it. Callers: incident/act.c.
with i as materialized (
    select i.estate_id, i.id, i.level, i.category, i.severity, i.procedure, e.tz, o.calendar_id, o.hours_from, o.hours_to
    from incident i
    join estate e on e.id = i.estate_id
    join sla_policy o on o.id = i.policy_id and o.version = i.policy_version
    where i.estate_id = $1::bigint and i.id = $2::bigint
), p as materialized (
    select p.*, c.code, p.level_s[i.level + 1] as this_level_s
    from i
    join incident_category c on c.code = coalesce($3::text, i.category) and c.procedure = i.procedure
    join sla_policy p on p.severity = coalesce($4::text::incident_severity, i.severity) and p.valid_to is null
                     and (p.estate_id is null or p.estate_id = i.estate_id) and (p.category is null or p.category = c.code)
    order by p.estate_id nulls last, p.category nulls last, p.id
    limit 1
), old as materialized (
    select c.stage, c.number, c.total_us, c.runs_from is not null as runs,
           c.left_us - case when c.runs_from is null then 0
                            else clock_worked(c.runs_from, $5::timestamptz, i.tz, i.calendar_id, i.hours_from, i.hours_to) end as left_us
    from clock c
    cross join i
    cross join p
    where c.estate_id = i.estate_id and c.incident_id = i.id and c.stopped_at is null
), stopped as (
    update clock c
    set left_us = o.left_us, runs_from = null, due_at = null, warn_at = null, stopped_at = $5::timestamptz, replaced = true
    from old o
    where c.estate_id = $1::bigint and c.incident_id = $2::bigint and c.stage = o.stage and c.number = o.number
), given (stage, s) as materialized (
    select t.stage, t.s
    from p
    cross join lateral (values ('respond', p.respond_s), ('resolve', p.resolve_s), ('plan', p.plan_s), ('level', p.this_level_s)) t (stage, s)
    where t.s is not null
), going (stage, worked_us, runs) as (
    select g.stage, o.total_us - o.left_us, o.runs
    from old o
    join given g on g.stage = o.stage
                 or (o.stage in ('resolve', 'plan') and g.stage in ('resolve', 'plan') and not exists (select from given x where x.stage = o.stage))
    union all
    select g.stage, 0, true
    from given g
    where (g.stage = 'level' and not exists (select from old where stage = 'level'))
       or (g.stage in ('resolve', 'plan') and not exists (select from old where stage in ('resolve', 'plan')))
), told as ( -- its CAP document says another severity now
    update joint j
    set told_at = j.told_at || $5::timestamptz
    where j.estate_id = $1::bigint and j.incident_id = $2::bigint and j.stood_down_at is null and exists (select from p)
), made as (
    insert into clock (estate_id, incident_id, stage, number, started_at, total_us, left_us, warn_us, runs_from, due_at, warn_at)
    select i.estate_id, i.id, g.stage,
           row_number() over (partition by g.stage)
           + (select count(*) from clock c where c.estate_id = i.estate_id and c.incident_id = i.id and c.stage = g.stage),
           $5::timestamptz, u.total_us, u.left_us, u.warn_us, case when g.runs then $5::timestamptz end,
           case when g.runs then clock_due($5::timestamptz, u.left_us, i.tz, p.calendar_id, p.hours_from, p.hours_to) end,
           case when g.runs then clock_due($5::timestamptz, u.left_us - u.warn_us, i.tz, p.calendar_id, p.hours_from, p.hours_to) end
    from i
    cross join p
    cross join going g
    join given t on t.stage = g.stage
    cross join lateral (select t.s * 1000000::bigint as total_us, t.s * 1000000::bigint - g.worked_us as left_us,
                               (t.s * 1000000::bigint * p.warn_share::numeric)::bigint as warn_us) u
)
update incident x
set category = p.code, severity = p.severity, policy_id = p.id, policy_version = p.version
from p
where x.estate_id = $1::bigint and x.id = $2::bigint
returning x.category;
