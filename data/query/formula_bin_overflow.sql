-- Formula: bin_overflow version 1. How long bins were full.
-- Definition: minutes with fill >= threshold / minutes whose fill is known. The fill is known from one message to the next, for
-- the stated silence at most; minutes beyond, and those that an outage of the source hides, are unknown and counted apart.
-- A stretch of known full time is one overflow: late when it lasts longer than the deadline, be it emptied or not.
-- Source: FIELD.md, "bin overflow minutes".
-- Rests on: fill_spans (0029_formula.sql).
-- Parameters: estates (bigint[]; of the bin's place, its own if it has none), from, to (timestamptz), threshold (%), deadline
-- (interval), silence (interval).
-- Columns: estate_id, device_id, device_estate_id, value, numerator (min full), denominator (min known), unit ('min/min'),
-- unknown_min, hidden_min (of unknown: in outages), overflows (that reach into the period), late, full_at_end. One row a device
-- that told a fill within the period or the silence before it.
-- Privacy: things.
-- Callers: api (measures), tests/duty/test_formula_device.c.
with bin as materialized (
    select d.estate_id as home_id, d.id, coalesce(d.building_estate_id, d.estate_id) as place_estate_id,
           greatest($2::timestamptz, d.valid_from) as t0, least($3::timestamptz, d.valid_to) as t1,
           row_number() over (order by d.estate_id, d.id) as n
    from device d
    where coalesce(d.building_estate_id, d.estate_id) = any ($1::bigint[]) and d.state = 'accepted' and d.valid_from < $3::timestamptz
      and (d.valid_to is null or d.valid_to > $2::timestamptz)
      and exists (select 1 from event e
                  where e.estate_id = d.estate_id and e.device_id = d.id and e.measures ? 'fill'
                    and e.t_event >= $2::timestamptz - $6::interval and e.t_event < $3::timestamptz)
), told as (
    select s.n, s.full_, s.below, s.unknown, s.hidden
    from fill_spans((select array_agg(home_id order by n) from bin), (select array_agg(id order by n) from bin),
                    (select array_agg(t0 order by n) from bin), (select array_agg(t1 order by n) from bin),
                    (select array_agg($4::real order by n) from bin), $2::timestamptz, $3::timestamptz, $6::interval) s
), before as ( -- an overflow may have begun before the period; one deadline before is enough to know that it is late
    select s.n, s.full_
    from fill_spans((select array_agg(home_id order by n) from bin), (select array_agg(id order by n) from bin),
                    (select array_agg(t0 - $5::interval order by n) from bin), (select array_agg(t1 order by n) from bin),
                    (select array_agg($4::real order by n) from bin), $2::timestamptz - $5::interval, $3::timestamptz, $6::interval) s
), overflow as (
    select b.n, count(*) as overflows, count(*) filter (where upper(f) - lower(f) > $5::interval) as late
    from before b
    join bin v on v.n = b.n
    cross join unnest(b.full_) f
    where upper(f) > v.t0
    group by 1
)
select b.place_estate_id as estate_id, b.id as device_id, b.home_id as device_estate_id,
       seconds(t.full_) / nullif(seconds(t.full_) + seconds(t.below), 0) as value, seconds(t.full_) / 60 as numerator,
       (seconds(t.full_) + seconds(t.below)) / 60 as denominator, 'min/min' as unit, seconds(t.unknown) / 60 as unknown_min,
       seconds(t.hidden) / 60 as hidden_min, coalesce(o.overflows, 0) as overflows, coalesce(o.late, 0) as late,
       coalesce(upper(t.full_) = b.t1, false) as full_at_end
from bin b
join told t on t.n = b.n
left join overflow o on o.n = b.n
order by 1, 2;
