-- What a step does to an incident's clocks (clock_rule; a pause and its end to all of them), and when the earliest is due then.
-- A level's time is the policy's for the level that the incident has now. Parameters: estate_id, incident_id, step, at, the
-- pause's reason. Columns: nothing. Callers: incident/clock.c; clock_breach.sql follows.
with i as materialized (
    select i.estate_id, i.id, i.level, e.tz, p.calendar_id, p.hours_from, p.hours_to, p.respond_s, p.resolve_s, p.plan_s,
           p.level_s[i.level + 1] as level_s, p.warn_share, $5::text = any(p.pause_reasons) as stands
    from incident i
    join estate e on e.id = i.estate_id
    join sla_policy p on p.id = i.policy_id and p.version = i.policy_version
    where i.estate_id = $1::bigint and i.id = $2::bigint
), halted as (
    update clock c
    set left_us = c.left_us - case when c.runs_from is null then 0
                                   else clock_worked(c.runs_from, $4::timestamptz, i.tz, i.calendar_id, i.hours_from, i.hours_to) end,
        runs_from = null, due_at = null, warn_at = null, stopped_at = case when r.stage is not null then $4::timestamptz end
    from i
    cross join (select unnest('{respond,resolve,plan,level}'::text[]) as stage) s
    left join clock_rule r on r.step = $3::text and r.stage = s.stage and r.act = 'stop'
    where c.estate_id = i.estate_id and c.incident_id = i.id and c.stage = s.stage and c.stopped_at is null
      and (r.stage is not null or ($3::text = 'pause' and i.stands and c.runs_from is not null))
), going as (
    update clock c
    set runs_from = $4::timestamptz,
        due_at = clock_due($4::timestamptz, c.left_us, i.tz, i.calendar_id, i.hours_from, i.hours_to),
        warn_at = clock_due($4::timestamptz, c.left_us - c.warn_us, i.tz, i.calendar_id, i.hours_from, i.hours_to)
    from i
    where $3::text = 'resume' and c.estate_id = i.estate_id and c.incident_id = i.id and c.stopped_at is null and c.runs_from is null
)
insert into clock (estate_id, incident_id, stage, number, started_at, total_us, left_us, warn_us, runs_from, due_at, warn_at)
select i.estate_id, i.id, t.stage,
       1 + (select count(*) from clock c where c.estate_id = i.estate_id and c.incident_id = i.id and c.stage = t.stage),
       $4::timestamptz, u.left_us, u.left_us, u.warn_us, $4::timestamptz,
       clock_due($4::timestamptz, u.left_us, i.tz, i.calendar_id, i.hours_from, i.hours_to),
       clock_due($4::timestamptz, u.left_us - u.warn_us, i.tz, i.calendar_id, i.hours_from, i.hours_to)
from i
cross join lateral (values ('respond', i.respond_s), ('resolve', i.resolve_s), ('plan', i.plan_s), ('level', i.level_s)) t (stage, s)
join clock_rule r on r.step = $3::text and r.stage = t.stage and r.act = 'start'
cross join lateral (select t.s * 1000000::bigint as left_us, (t.s * 1000000::bigint * i.warn_share::numeric)::bigint as warn_us) u
where t.s is not null;
