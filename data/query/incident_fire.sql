-- Clocks that have something to say by now: a warning, or that their time is over. Each says each once: whoever fires locks the
-- incident, passes over those that somebody else has, and writes it down in the same transaction. Of an incident only what is
-- first: it may change what follows.
-- Parameters: now, how many at most, estate_id and id of the one incident that is asked for (null: all).
-- Columns: estate_id, incident_id, when its level's time was over (null: it was not), whether it was warned, whether a clock broke; a
-- row for each incident.
-- Callers: incident/fire.c.
with ripe as materialized (
    select c.estate_id, c.incident_id, c.stage, c.number, c.fires_at, c.warned_at is null and c.warn_at < c.due_at as warns,
           i.level, i.state
    from clock c
    join incident i on i.estate_id = c.estate_id and i.id = c.incident_id
    where c.fires_at <= $1::timestamptz
      and ($3::bigint is null or (c.estate_id = $3::bigint and c.incident_id = $4::bigint))
    order by c.fires_at
    limit $2::bigint
    for update of i, c skip locked
), due as materialized (
    select * from (select *, min(fires_at) over (partition by estate_id, incident_id) as first_at from ripe) r where fires_at = first_at
), said as (
    update clock c
    set warned_at = case when d.warns then d.fires_at else c.warned_at end,
        breached_at = case when d.warns then c.breached_at else d.fires_at end
    from due d
    where c.estate_id = d.estate_id and c.incident_id = d.incident_id and c.stage = d.stage and c.number = d.number
), noted as (
    insert into incident_step (estate_id, incident_id, step, at, state, detail)
    select d.estate_id, d.incident_id, case when d.warns then 'warn' else 'breach' end, d.fires_at, d.state,
           jsonb_build_object('stage', d.stage)
    from due d
    order by d.fires_at, d.stage
), counted as (
    update incident i
    set version = i.version + n.count
    from (select estate_id, incident_id, count(*)::integer as count from due group by estate_id, incident_id) n
    where i.estate_id = n.estate_id and i.id = n.incident_id
)
select d.estate_id, d.incident_id,
       min(d.fires_at) filter (where d.stage = 'level' and not d.warns and d.level < (select max(rank) from incident_level)) as over_at,
       bool_or(d.warns) as warned, bool_or(not d.warns) as broke
from due d
group by d.estate_id, d.incident_id
order by d.estate_id, d.incident_id;
