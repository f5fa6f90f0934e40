-- Formula: checkin version 1. Windows that ask for check-ins at their place: how many, by how many distinct units - the scarcer
-- counts. A card or a tag at a reader names no type of subject and counts for any. Doubtful ones (judge_visit.sql) prove
-- nothing, but where they would have sufficed the window is unknown.
-- Best: with the doubtful ones; anything, while a source that brings check-ins here could not be read or a tracker of the types
-- asked was silent.
-- Less than two minutes of a window are not blind: positions that far apart are no gap (facts/rules.c).
-- Parameters: estate_id; reads judging and visit, adds to judged. Columns: nothing. Callers: duty/decide.c.
with asked as materialized (
    select * from judging where proof = 'checkin'
), reach as materialized (
    select min(t_from) as t_from, max(t_to) as t_to from asked
), seen as materialized (
    select a.t_from, a.duty_id, a.place_id,
           count(*) filter (where v.doubt is null) as count, count(distinct v.subject) filter (where v.doubt is null) as units,
           count(*) as doubtful_count, count(distinct v.subject) as doubtful_units, min(v.doubt) as doubt,
           (array_agg(('event', v.estate_id, v.t_event, v.dedup, null, null)::evidence
                      order by v.doubt is not null, v.t_event, v.dedup))[:32] as evidence
    from asked a
    join visit v on v.place_kind = a.place_kind and v.place_id = a.place_id and v.t_event >= a.t_from and v.t_event < a.t_to
    where (v.subject_type is null or v.subject_type in ('card', 'tag') or v.subject_type = any(a.subject_types))
      and (a.form is null or v.form)
    group by a.t_from, a.duty_id, a.place_id
), gap as materialized (
    select distinct on (o.estate_id, o.scope, o.source_id, o.subject, o.t_from) o.*
    from reach r
    join outage o on o.estate_id in ($1::bigint, 0) and o.scope in ('tracker', 'source')
                 and o.t_from > r.t_from - interval '32 days' and o.t_from < r.t_to
    order by o.estate_id, o.scope, o.source_id, o.subject, o.t_from, o.id desc
), hidden as (
    select a.t_from, a.duty_id, a.place_id, bool_or(g.scope = 'source') as source_away,
           sum(extract(epoch from least(a.t_to, coalesce(g.t_to, 'infinity')) - greatest(a.t_from, g.t_from))) as blind_s,
           (array_agg(('outage', g.estate_id, g.recorded_at, null, g.id, null)::evidence order by g.recorded_at, g.id))[:32]
               as evidence
    from asked a
    join gap g on not g.void
              and least(a.t_to, coalesce(g.t_to, 'infinity')) - greatest(a.t_from, g.t_from) > interval '2 minutes'
              and ((g.scope = 'tracker' and g.cause = 'silent' and g.subject_type = any(a.subject_types))
                   or (g.scope = 'source'
                       and (exists (select from device r where r.estate_id = g.estate_id and r.source_id = g.source_id
                                    and r.kind = 'reader')
                            or exists (select from shift h where h.estate_id = g.estate_id and h.source_id = g.source_id
                                       and h.starts_at < a.t_to and h.ends_at > a.t_from))))
    group by a.t_from, a.duty_id, a.place_id
), told as (
    select a.*, coalesce(s.count, 0) as found_count, coalesce(s.units, 0) as found_units,
           coalesce(s.doubtful_count, 0) as doubtful_count, coalesce(s.doubtful_units, 0) as doubtful_units, s.doubt,
           coalesce(s.evidence, '{}') as proven, h.source_away, coalesce(h.blind_s, 0) as blind_s,
           coalesce(h.evidence, '{}') as hiding,
           coalesce(s.count, 0) >= a.count and coalesce(s.units, 0) >= a.units as enough
    from asked a
    left join seen s on s.t_from = a.t_from and s.duty_id = a.duty_id and s.place_id = a.place_id
    left join hidden h on h.t_from = a.t_from and h.duty_id = a.duty_id and h.place_id = a.place_id
)
insert into judged (estate_id, t_from, duty_id, place_id, found, best, needed, blind_s, doubt, evidence)
select t.estate_id, t.t_from, t.duty_id, t.place_id, k.found,
       case when t.source_away is not null then greatest(k.needed, k.best) else k.best end, k.needed, t.blind_s,
       case when k.best >= k.needed and t.doubt is not null then 'doubtful_' || t.doubt
            when t.source_away then 'source_away' when not t.source_away then 'tracker_off' end,
       t.proven || case when t.enough then '{}' else t.hiding end
from told t
cross join lateral (
    select c.found, c.best, c.needed
    from (values (t.found_count::real, t.doubtful_count::real, t.count::real),
                 (t.found_units::real, t.doubtful_units::real, t.units::real)) c (found, best, needed)
    order by c.best >= c.needed, c.found / c.needed, c.needed
    limit 1
) k;
