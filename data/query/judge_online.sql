-- Formula: online version 1. Windows of cameras: how long they were known to be online.
-- Definition, all in seconds: needed = fraction * window; found = known to be online; best = found + unknown. Unknown is what an
-- outage of the source hides, and silence longer than the device's heartbeat (24 h where it has none) when it never said that it
-- went (online_spans). doubt: 'source_away' when an outage hides any of it, else 'silent'. A device that is gone from the registry
-- told nothing.
-- Evidence: the newest sign of life, the last word on being there before the window, then each within, the earliest first, 32 in
-- all with the outages.
-- Source: FIELD.md, "camera uptime". Rests on: online_spans, source_away (0029_formula.sql).
-- Parameters: none; reads the temporary table judging, writes judged (judge_stage.sql, judge_stage_found.sql).
-- Columns: nothing. Callers: duty/decide.c, tests/duty/test_judge_device.c.
with j as materialized (
    select g.*, row_number() over (order by g.estate_id, g.t_from, g.duty_id, g.place_id) as n
    from judging g where g.proof = 'online'
), ends as materialized (
    select min(t_from) as earliest, max(t_to) as latest, array_agg(distinct device_estate_id) as estates from j
), camera as (
    select a.number, a.n
    from (select j.n, row_number() over (order by j.n) as number
          from j join device d on d.estate_id = j.device_estate_id and d.id = j.place_id) a
), told as materialized (
    select c.n, s.online, s.offline, s.unknown, s.hidden
    from online_spans((select array_agg(j.device_estate_id order by c.number) from camera c join j on j.n = c.n),
                      (select array_agg(j.place_id order by c.number) from camera c join j on j.n = c.n),
                      (select array_agg(j.t_from order by c.number) from camera c join j on j.n = c.n),
                      (select array_agg(j.t_to order by c.number) from camera c join j on j.n = c.n),
                      (select earliest from ends), (select latest from ends), interval '24 hours') s
    join camera c on c.number = s.n
), word as (
    select j.n, e.t_event as at, e.dedup as key, e.estate_id, e.t_event >= j.t_from as within,
           row_number() over (partition by j.n order by e.t_event >= j.t_from, case when e.t_event < j.t_from then e.t_event end desc,
                              e.t_event, e.dedup) as rank
    from j
    join event e on e.estate_id = j.device_estate_id and e.device_id = j.place_id
    where e.t_event >= (select earliest from ends) - interval '31 days' and e.t_event < (select latest from ends) and e.t_event < j.t_to
      and (e.kind = 'lifecycle' or e.measures ? 'online')
      and (e.measures ? 'online' or (e.channel is null and e.phase in ('start', 'end')))
), heard as materialized ( -- arrays, so that few rows are joined
    select m.estate_id, m.device_id, array_agg(m.t_event order by m.t_event, m.dedup) as times,
           array_agg(m.dedup order by m.t_event, m.dedup) as keys
    from (select e.estate_id, coalesce(e.station_id, e.device_id) as device_id, e.t_event, e.dedup
          from event e
          where e.estate_id = any ((select estates from ends)::bigint[]) and e.t_event < (select latest from ends)
            and e.t_event >= (select earliest from ends) - interval '24 hours'
            and coalesce(e.station_id, e.device_id) = any ((select array_agg(distinct place_id) from j)::bigint[])) m
    group by 1, 2
), sign as ( -- of life, of whatever kind: the newest
    select j.n, l.at, l.key, h.estate_id
    from j
    join heard h on h.estate_id = j.device_estate_id and h.device_id = j.place_id
    cross join lateral (select u.at, u.key from unnest(h.times, h.keys) u (at, key) where u.at < j.t_to
                        order by u.at desc, u.key limit 1) l
), proof as (
    select g.n, row('event', g.estate_id, g.at, g.key, null, null)::evidence as what, 0 as class, 0 as rank, g.at
    from sign g
    where not exists (select 1 from word w where w.n = g.n and w.key = g.key and w.at = g.at)
    union all
    select w.n, row('event', w.estate_id, w.at, w.key, null, null)::evidence as what, 1, w.rank, w.at
    from word w
    where w.within or w.rank = 1
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
select j.estate_id, j.t_from, j.duty_id, j.place_id, seconds(t.online),
       seconds(j.t_to - j.t_from) - seconds(t.offline), j.fraction * seconds(j.t_to - j.t_from),
       round(case when t.n is null then seconds(j.t_to - j.t_from) else seconds(t.unknown) end)::integer,
       case when t.n is null then 'silent' when seconds(t.hidden) > 0 then 'source_away' when seconds(t.unknown) > 0 then 'silent' end,
       coalesce(s.evidence, '{}')
from j
left join told t on t.n = j.n
left join shown s on s.n = j.n;
