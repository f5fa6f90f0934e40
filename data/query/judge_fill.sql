-- Formula: fill version 1. Windows of bins: how long they were known to be below their threshold.
-- Definition, all in seconds: needed = window - allow_s; found = known below fill_percent; best = found + unknown. Unknown is what
-- lies more than 24 h after the last reading and what an outage of the source hides (fill_spans). doubt: 'source_away' when an
-- outage hides any of it, else 'silent'. A device that is gone from the registry told nothing.
-- Evidence: the last reading before the window, then those within at which full turns to below or back, then the others, the
-- earliest first, 32 in all with the outages.
-- Source: FIELD.md, "bin overflow minutes". Rests on: fill_spans, source_away (0029_formula.sql).
-- Parameters: none; reads the temporary table judging, writes judged (judge_stage.sql, judge_stage_found.sql).
-- Columns: nothing. Callers: duty/decide.c, tests/duty/test_judge_device.c.
with j as materialized (
    select g.*, row_number() over (order by g.estate_id, g.t_from, g.duty_id, g.place_id) as n
    from judging g where g.proof = 'fill'
), ends as materialized (
    select min(t_from) as earliest, max(t_to) as latest, array_agg(distinct device_estate_id) as estates from j
), fill as (
    select a.number, a.n
    from (select j.n, row_number() over (order by j.n) as number
          from j join device d on d.estate_id = j.device_estate_id and d.id = j.place_id) a
), told as materialized (
    select f.n, s.below, s.full_, s.unknown, s.hidden
    from fill_spans((select array_agg(j.device_estate_id order by f.number) from fill f join j on j.n = f.n),
                    (select array_agg(j.place_id order by f.number) from fill f join j on j.n = f.n),
                    (select array_agg(j.t_from order by f.number) from fill f join j on j.n = f.n),
                    (select array_agg(j.t_to order by f.number) from fill f join j on j.n = f.n),
                    (select array_agg(j.fill_percent order by f.number) from fill f join j on j.n = f.n),
                    (select earliest from ends), (select latest from ends), interval '24 hours') s
    join fill f on f.number = s.n
), reading as (
    select r.n, r.at, r.key, r.estate_id, r.within,
           row_number() over (partition by r.n order by r.within, case when not r.within then r.at end desc, not r.turns, r.at, r.key) as rank
    from (select j.n, e.t_event as at, e.dedup as key, e.estate_id, e.t_event >= j.t_from as within,
                 ((e.measures -> 'fill' ->> 'value')::double precision >= j.fill_percent)
                     is distinct from lag((e.measures -> 'fill' ->> 'value')::double precision >= j.fill_percent)
                                      over (partition by j.n order by e.t_event, e.dedup) as turns
          from j
          join event e on e.estate_id = j.device_estate_id and e.device_id = j.place_id and e.measures ? 'fill'
          where e.t_event >= (select earliest from ends) - interval '24 hours' and e.t_event < (select latest from ends)
            and e.t_event > j.t_from - interval '24 hours' and e.t_event < j.t_to
            and not ((e.flags & 2) <> 0 and e.t_source = 'received')) r
), proof as (
    -- Of the readings before the window the last one alone: rank 1 when there is any.
    select r.n, row('event', r.estate_id, r.at, r.key, null, null)::evidence as what, 1 as class, r.rank, r.at
    from reading r
    where r.within or r.rank = 1
    union all
    select j.n, row('outage', o.estate_id, o.recorded_at, null, o.id, null)::evidence, 0, 0, o.t_from
    from j
    cross join ends x
    join source_away(x.estates, x.earliest, x.latest) o
        on o.estate_id = j.device_estate_id and o.source_id = j.source_id and o.t_from < j.t_to and o.t_to > j.t_from
), shown as (
    select p.n, array_agg(p.what order by p.at, p.class, (p.what).key, (p.what).id) as evidence
    from (select q.*, row_number() over (partition by q.n order by q.class, q.rank, q.at, (q.what).id) as place from proof q) p
    where p.place <= 32
    group by 1
)
insert into judged (estate_id, t_from, duty_id, place_id, found, best, needed, blind_s, doubt, evidence)
select j.estate_id, j.t_from, j.duty_id, j.place_id, seconds(t.below),
       seconds(j.t_to - j.t_from) - seconds(t.full_), greatest(seconds(j.t_to - j.t_from) - j.allow_s, 0),
       round(case when t.n is null then seconds(j.t_to - j.t_from) else seconds(t.unknown) end)::integer,
       case when t.n is null then 'silent' when seconds(t.hidden) > 0 then 'source_away' when seconds(t.unknown) > 0 then 'silent' end,
       coalesce(s.evidence, '{}')
from j
left join told t on t.n = j.n
left join shown s on s.n = j.n;
