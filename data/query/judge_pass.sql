-- Formula: pass version 1. Windows that ask for passes: how many, of how many distinct units, how long - the scarcest of
-- these counts -, within radius_m, by positions no worse than accuracy_m, by a subject of the types asked.
-- A pass counts when it overlaps [t_from, t_to). Best: what those could have added whose trackers were blind meanwhile, if
-- the way from where they were seen before to the place and on to where they were seen next could be gone: 7 m/s on foot,
-- 42 m/s on wheels (facts/rules.c), less the place's half diagonal, the radius and 30 m of accuracy.
-- Less than two minutes of a window are not blind: positions that far apart are no gap (facts/rules.c).
-- Parameters: estate_id; reads judging, adds to judged. Columns: nothing. Callers: duty/decide.c.
with asked as materialized (
    select * from judging where proof = 'pass'
), reach as materialized (
    select min(t_from) as t_from, max(t_to) as t_to from asked
), newer as materialized (
    select p.estate_id, p.t_event, p.subject, p.place_kind, p.place_id, max(p.version) as version
    from reach r
    join pass p on p.estate_id = $1::bigint and p.version > 1 and p.t_event > r.t_from - interval '25 hours'
               and p.t_event < r.t_to
    group by p.estate_id, p.t_event, p.subject, p.place_kind, p.place_id
), valid as materialized (
    select p.estate_id, p.t_event, p.t_to, p.subject, p.subject_type, p.place_kind, p.place_id, p.version, p.nearest_m, p.acc_m
    from reach r
    join pass p on p.estate_id = $1::bigint and p.t_event > r.t_from - interval '25 hours' and p.t_event < r.t_to
               and p.t_to >= r.t_from and not p.void
    left join newer n on n.estate_id = p.estate_id and n.t_event = p.t_event and n.subject = p.subject
                     and n.place_kind = p.place_kind and n.place_id = p.place_id
    where n.version is null or n.version = p.version
), seen as materialized (
    select a.estate_id, a.t_from, a.duty_id, a.place_id, count(*) as count, count(distinct v.subject) as units,
           sum(extract(epoch from least(v.t_to, a.t_to) - greatest(v.t_event, a.t_from))) as dwell_s,
           array_agg(distinct v.subject) as subjects,
           (array_agg(('pass', v.estate_id, v.t_event, v.subject, null, v.version)::evidence
                      order by v.t_event, v.subject))[:32] as evidence
    from asked a
    join valid v on v.estate_id = a.estate_id and v.place_kind = a.place_kind and v.place_id = a.place_id
                and v.t_event < a.t_to and v.t_to >= a.t_from
    where v.nearest_m <= a.radius_m and coalesce(v.acc_m, 10) <= a.accuracy_m and v.subject_type = any(a.subject_types)
    group by a.estate_id, a.t_from, a.duty_id, a.place_id
), scarce as materialized (
    select a.*, coalesce(s.count, 0) as found_count, coalesce(s.units, 0) as found_units, coalesce(s.dwell_s, 0) as found_s,
           coalesce(s.evidence, '{}') as proven, coalesce(s.subjects, '{}') as subjects,
           coalesce(s.count, 0) >= a.count and coalesce(s.units, 0) >= a.units and coalesce(s.dwell_s, 0) >= a.dwell_s as enough
    from asked a
    left join seen s on s.estate_id = a.estate_id and s.t_from = a.t_from and s.duty_id = a.duty_id and s.place_id = a.place_id
), gap as materialized (
    select distinct on (o.estate_id, o.subject, o.t_from) o.*
    from reach r
    join outage o on o.estate_id in ($1::bigint, 0) and o.scope = 'tracker' and o.t_from > r.t_from - interval '32 days'
                 and o.t_from < r.t_to
    order by o.estate_id, o.subject, o.t_from, o.id desc
), placed as materialized (
    select s.*, coalesce(b.lon, st_x(c.geom), st_x(st_centroid(z.geom))) as lon,
           coalesce(b.lat, st_y(c.geom), st_y(st_centroid(z.geom))) as lat,
           coalesce(metres(st_xmin(b.geom), st_ymin(b.geom), st_xmax(b.geom), st_ymax(b.geom)),
                    metres(st_xmin(z.geom), st_ymin(z.geom), st_xmax(z.geom), st_ymax(z.geom)), 0) / 2
           + s.radius_m + 30 as slack_m
    from scarce s
    left join building b on s.place_kind = 'building' and b.estate_id = s.estate_id and b.id = s.place_id
    left join checkpoint c on s.place_kind = 'checkpoint' and c.estate_id = s.estate_id and c.id = s.place_id
    left join zone z on s.place_kind = 'zone' and z.estate_id = s.estate_id and z.id = s.place_id
    where not s.enough
), blind as materialized (
    select p.estate_id, p.t_from, p.duty_id, p.place_id, g.subject, g.cause, g.estate_id as gap_estate, g.recorded_at, g.id,
           g.subject = any(p.subjects) as known, u.until - u.since as there
    from placed p
    join gap g on not g.void
              and least(p.t_to, coalesce(g.t_to, 'infinity')) - greatest(p.t_from, g.t_from) > interval '2 minutes'
              and g.subject_type = any(p.subject_types)
    cross join lateral (
        select case when g.subject_type in ('guard', 'cleaner') then 7 else 42 end as mps,
               coalesce(metres(g.lon_from, g.lat_from, p.lon, p.lat), 0) as there_m,
               coalesce(metres(g.lon_to, g.lat_to, p.lon, p.lat), 0) as back_m
    ) way
    cross join lateral (
        select greatest(p.t_from, g.t_from + greatest(way.there_m - p.slack_m, 0) / way.mps * interval '1 second') as since,
               least(p.t_to, coalesce(g.t_to, 'infinity') - greatest(way.back_m - p.slack_m, 0) / way.mps * interval '1 second')
                   as until
    ) u
    where u.since <= u.until
), hidden as (
    select estate_id, t_from, duty_id, place_id, count(distinct subject) filter (where not known) as units,
           sum(extract(epoch from there)) as dwell_s, bool_and(cause = 'accuracy') as poor,
           (array_agg(('outage', gap_estate, recorded_at, null, id, null)::evidence order by recorded_at, id))[:32] as evidence
    from blind
    group by estate_id, t_from, duty_id, place_id
)
insert into judged (estate_id, t_from, duty_id, place_id, found, best, needed, blind_s, doubt, evidence)
select s.estate_id, s.t_from, s.duty_id, s.place_id, k.found, k.best, k.needed, coalesce(h.dwell_s, 0),
       case when h.poor then 'poor_accuracy' when h.units is not null then 'tracker_off' end,
       s.proven || coalesce(h.evidence, '{}')
from scarce s
left join hidden h on h.estate_id = s.estate_id and h.t_from = s.t_from and h.duty_id = s.duty_id and h.place_id = s.place_id
cross join lateral (
    -- who is blind may have come any number of times, but is one unit, and stayed no longer than he was blind
    select c.found, c.best, c.needed
    from (values (s.found_count::real, case when h.units is null then s.found_count else s.count + s.found_count end::real, s.count::real),
                 (s.found_units::real, (s.found_units + coalesce(h.units, 0))::real, s.units::real),
                 (s.found_s::real, (s.found_s + coalesce(h.dwell_s, 0))::real, s.dwell_s::real)) c (found, best, needed)
    order by c.best >= c.needed, c.found / nullif(c.needed, 0), c.needed
    limit 1
) k;
