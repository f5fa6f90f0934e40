-- Formula: round version 1. Windows that ask for a round: the share of the route's due points - checkpoints within 25 m of its
-- line - that were visited: by a check-in nobody doubts (judge_visit.sql), or by a pass within radius_m.
-- Best: points whose check-ins are doubtful; all points within reach of a tracker that was blind meanwhile (as in judge_pass.sql,
-- each by itself); all of them while a source that brings check-ins here could not be read.
-- Less than two minutes of a window are not blind: positions that far apart are no gap (facts/rules.c).
-- Parameters: estate_id; reads judging and visit, adds to judged. Columns: nothing. Callers: duty/decide.c.
with asked as materialized (
    select * from judging where proof = 'round'
), reach as materialized (
    select min(t_from) as t_from, max(t_to) as t_to from asked
), point as materialized (
    select a.t_from, a.t_to, a.duty_id, a.place_id, a.subject_types, a.radius_m, a.accuracy_m, c.id as checkpoint_id,
           st_x(c.geom) as lon, st_y(c.geom) as lat
    from asked a
    join route r on r.estate_id = $1::bigint and r.id = a.place_id
    join checkpoint c on c.estate_id = $1::bigint and c.valid_from <= a.t_from and (c.valid_to is null or c.valid_to > a.t_from)
                     and c.geom && st_expand(r.geom, 0.0006) and st_dwithin(c.geom::geography, r.geom::geography, 25)
), newest as materialized (
    select distinct on (p.t_event, p.subject, p.place_id) p.*
    from reach r
    join pass p on p.estate_id = $1::bigint and p.t_event > r.t_from - interval '25 hours' and p.t_event < r.t_to
    where p.place_kind = 'checkpoint' and p.place_id in (select checkpoint_id from point)
    order by p.t_event, p.subject, p.place_id, p.version desc
), visited as materialized (
    select p.t_from, p.duty_id, p.place_id, p.checkpoint_id, v.doubt, v.t_event as at,
           ('event', v.estate_id, v.t_event, v.dedup, null, null)::evidence as evidence
    from point p
    join visit v on v.place_kind = 'checkpoint' and v.place_id = p.checkpoint_id and v.t_event >= p.t_from and v.t_event < p.t_to
    where v.subject_type is null or v.subject_type in ('card', 'tag') or v.subject_type = any(p.subject_types)
    union all
    select p.t_from, p.duty_id, p.place_id, p.checkpoint_id, null, n.t_event,
           ('pass', n.estate_id, n.t_event, n.subject, n.place_id, n.version)::evidence
    from point p
    join newest n on n.place_id = p.checkpoint_id and n.t_event < p.t_to and n.t_to >= p.t_from
    where not n.void and n.nearest_m <= p.radius_m and coalesce(n.acc_m, 10) <= p.accuracy_m
      and n.subject_type = any(p.subject_types)
), first as materialized (
    select distinct on (t_from, duty_id, place_id, checkpoint_id) *
    from visited
    order by t_from, duty_id, place_id, checkpoint_id, doubt is not null, at, evidence
), gap as materialized (
    select distinct on (o.estate_id, o.scope, o.source_id, o.subject, o.t_from) o.*
    from reach r
    join outage o on o.estate_id in ($1::bigint, 0) and o.scope in ('tracker', 'source')
                 and o.t_from > r.t_from - interval '32 days' and o.t_from < r.t_to
    order by o.estate_id, o.scope, o.source_id, o.subject, o.t_from, o.id desc
), hidden as (
    select p.t_from, p.duty_id, p.place_id, p.checkpoint_id, g.estate_id, g.recorded_at, g.id, g.cause, g.scope,
           least(p.t_to, coalesce(g.t_to, 'infinity')) - greatest(p.t_from, g.t_from) as there
    from point p
    left join first f on f.t_from = p.t_from and f.duty_id = p.duty_id and f.place_id = p.place_id
                     and f.checkpoint_id = p.checkpoint_id and f.doubt is null
    join gap g on not g.void
              and least(p.t_to, coalesce(g.t_to, 'infinity')) - greatest(p.t_from, g.t_from) > interval '2 minutes'
    cross join lateral (
        select case when g.subject_type in ('guard', 'cleaner') then 7 else 42 end as mps,
               coalesce(metres(g.lon_from, g.lat_from, p.lon, p.lat), 0) as there_m,
               coalesce(metres(g.lon_to, g.lat_to, p.lon, p.lat), 0) as back_m
    ) way
    where f.t_from is null
      and case when g.scope = 'tracker' then
                   g.subject_type = any(p.subject_types)
                   and greatest(p.t_from, g.t_from + greatest(way.there_m - p.radius_m - 30, 0) / way.mps * interval '1 second')
                       <= least(p.t_to, coalesce(g.t_to, 'infinity')
                                        - greatest(way.back_m - p.radius_m - 30, 0) / way.mps * interval '1 second')
               else exists (select from device r where r.estate_id = g.estate_id and r.source_id = g.source_id
                            and r.kind = 'reader')
                    or exists (select from shift h where h.estate_id = g.estate_id and h.source_id = g.source_id
                               and h.starts_at < p.t_to and h.ends_at > p.t_from)
          end
), counted as (
    select p.t_from, p.duty_id, p.place_id, count(*) as due, count(f.checkpoint_id) filter (where f.doubt is null) as good,
           count(*) filter (where f.checkpoint_id is not null or h.checkpoint_id is not null) as could, min(f.doubt) as doubt,
           coalesce((array_agg(f.evidence order by f.at, f.checkpoint_id) filter (where f.checkpoint_id is not null))[:32], '{}')
               as evidence
    from point p
    left join first f on f.t_from = p.t_from and f.duty_id = p.duty_id and f.place_id = p.place_id
                     and f.checkpoint_id = p.checkpoint_id
    left join (select distinct t_from, duty_id, place_id, checkpoint_id from hidden) h
           on h.t_from = p.t_from and h.duty_id = p.duty_id and h.place_id = p.place_id and h.checkpoint_id = p.checkpoint_id
    group by p.t_from, p.duty_id, p.place_id
), blind as (
    select t_from, duty_id, place_id, bool_or(scope = 'source') as source_away, bool_and(cause = 'accuracy') as poor,
           max(extract(epoch from there)) as blind_s,
           (array_agg(distinct ('outage', estate_id, recorded_at, null, id, null)::evidence))[:32] as evidence
    from hidden
    group by t_from, duty_id, place_id
)
insert into judged (estate_id, t_from, duty_id, place_id, found, best, needed, blind_s, doubt, evidence)
select a.estate_id, a.t_from, a.duty_id, a.place_id, coalesce(c.good::real / c.due, 0), coalesce(c.could::real / c.due, 0),
       a.fraction, coalesce(b.blind_s, 0),
       case when c.due is null then 'no_points' when c.doubt is not null then 'doubtful_' || c.doubt
            when b.source_away then 'source_away' when b.poor then 'poor_accuracy'
            when b.blind_s is not null then 'tracker_off' end,
       coalesce(c.evidence, '{}') || case when c.good < a.fraction * c.due then coalesce(b.evidence, '{}') else '{}' end
from asked a
left join counted c on c.t_from = a.t_from and c.duty_id = a.duty_id and c.place_id = a.place_id
left join blind b on b.t_from = a.t_from and b.duty_id = a.duty_id and b.place_id = a.place_id;
