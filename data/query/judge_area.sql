-- Formula: area version 1. Windows that ask for a share of a zone's passable cells: what the tracks of the types asked
-- covered between them (tool: only while the tool was engaged), cell by cell, over all passable cells.
-- Best: blind trackers of these types, each sweeping all the time at 5.6 m/s (20 km/h, the most a sweeper works at) on wheels
-- and 1.5 m/s on foot, the whole width, nothing twice.
-- Less than two minutes of a window are not blind: positions that far apart are no gap (facts/rules.c).
-- Parameters: estate_id; reads judging, adds to judged. Columns: nothing. Callers: duty/decide.c.
with asked as materialized (
    select * from judging where proof = 'area'
), reach as materialized (
    select min(t_from) as t_from, max(t_to) as t_to from asked
), newest as materialized (
    select distinct on (c.zone_id, c.t_event, c.subject) c.*
    from reach r
    join coverage c on c.estate_id = $1::bigint and c.t_event >= r.t_from and c.t_event < r.t_to
    where c.zone_id in (select place_id from asked)
    order by c.zone_id, c.t_event, c.subject, c.version desc
), ground as materialized (
    select distinct on (g.zone_id) g.*
    from zone_grid g
    where g.estate_id = $1::bigint and g.zone_id in (select place_id from asked)
    order by g.zone_id, g.made_at desc, g.grid
), swept as (
    select a.t_from, a.duty_id, a.place_id, bit_count(bit_or(n.cells)) as cells,
           (array_agg(('coverage', n.estate_id, n.t_event, n.subject, n.zone_id, n.version)::evidence
                      order by n.t_event, n.subject))[:32] as evidence
    from asked a
    join newest n on n.zone_id = a.place_id and n.t_event >= a.t_from and n.t_event < a.t_to
    join ground g on g.zone_id = n.zone_id and g.grid = n.grid
    where not n.void and n.subject_type = any(a.subject_types) and (n.tool or not a.tool)
    group by a.t_from, a.duty_id, a.place_id
), gap as materialized (
    select distinct on (o.estate_id, o.subject, o.t_from) o.*
    from reach r
    join outage o on o.estate_id in ($1::bigint, 0) and o.scope = 'tracker' and o.t_from > r.t_from - interval '32 days'
                 and o.t_from < r.t_to
    order by o.estate_id, o.subject, o.t_from, o.id desc
), hidden as (
    select a.t_from, a.duty_id, a.place_id,
           sum(u.blind_s * case when g.subject_type in ('guard', 'cleaner') then 1.5 else 5.6 end * 2 * a.radius_m::numeric) as m2,
           max(u.blind_s) as blind_s, bool_and(g.cause = 'accuracy') as poor,
           (array_agg(('outage', g.estate_id, g.recorded_at, null, g.id, null)::evidence order by g.recorded_at, g.id))[:32]
               as evidence
    from asked a
    join gap g on not g.void
              and least(a.t_to, coalesce(g.t_to, 'infinity')) - greatest(a.t_from, g.t_from) > interval '2 minutes'
              and g.subject_type = any(a.subject_types)
    cross join lateral (
        select extract(epoch from least(a.t_to, coalesce(g.t_to, 'infinity')) - greatest(a.t_from, g.t_from)) as blind_s
    ) u
    group by a.t_from, a.duty_id, a.place_id
)
insert into judged (estate_id, t_from, duty_id, place_id, found, best, needed, blind_s, doubt, evidence)
select a.estate_id, a.t_from, a.duty_id, a.place_id, k.found,
       case when k.m2 > 0 then least(1, k.found + coalesce(h.m2, 0) / k.m2) else 0 end, a.fraction, coalesce(h.blind_s, 0),
       case when k.m2 = 0 then 'nothing_passable' when h.poor then 'poor_accuracy'
            when h.m2 is not null then 'tracker_off' end,
       coalesce(s.evidence, '{}') || case when k.found < a.fraction then coalesce(h.evidence, '{}') else '{}' end
from asked a
left join zone z on z.estate_id = a.estate_id and z.id = a.place_id
left join ground g on g.zone_id = a.place_id
left join swept s on s.t_from = a.t_from and s.duty_id = a.duty_id and s.place_id = a.place_id
left join hidden h on h.t_from = a.t_from and h.duty_id = a.duty_id and h.place_id = a.place_id
cross join lateral (
    select coalesce(s.cells::real / nullif(g.passable, 0), 0)::real as found,
           coalesce(g.passable * g.cell_m * g.cell_m, st_area(z.geom::geography)) as m2
) k;
