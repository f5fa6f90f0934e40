-- Formula: sanitation_on_schedule version 1. The share of due cycles in which zones were serviced.
-- Definition: zones serviced in the cycle / zones due. A due cycle is a window of an area duty at a zone that is not waived; it
-- is serviced when the coverage of the duty's subject types that begins in it reaches the duty's fraction of the zone's passable
-- cells. Where the duty asks for the tool, and where the subject's tool was ever engaged at the zone in the period (it says so,
-- then), only coverage with the tool engaged counts. Not serviced, but the verdict is unknown: in neither, counted apart.
-- Source: FIELD.md, "sanitation on schedule".
-- A window belongs to the period in which it begins; one that ends after `as of` is not due yet.
-- Parameters: estates (bigint[]), from, to, as of (timestamptz; null: all are due).
-- Columns: estate_id, value, numerator (cycles serviced), denominator (cycles due and known), unit ('1'), zones_due, zones_serviced
-- (in each of their cycles), unknown, waived. One row an estate.
-- Privacy: organisations' work on places; who covered it is not told.
-- Callers: api (measures), tests/duty/test_formula_area.c.
with due as materialized (
    select w.estate_id, w.duty_id, w.place_id, w.t_from, w.t_to, w.verdict, d.subject_types, d.fraction, d.tool, g.grid, g.mask, g.passable
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version and d.proof = 'area'
    left join lateral (select z.* from zone_grid z where z.estate_id = w.estate_id and z.zone_id = w.place_id
                       order by (z.made_at < w.t_to) desc, case when z.made_at < w.t_to then z.made_at end desc, z.made_at, z.grid
                       limit 1) g on true
    where w.estate_id = any ($1::bigint[]) and w.place_kind = 'zone' and w.t_from >= $2::timestamptz and w.t_from < $3::timestamptz
      and ($4::timestamptz is null or w.t_to <= $4::timestamptz)
), stretch_of as materialized (
    select s.*, bool_or(s.tool) over (partition by s.estate_id, s.zone_id, s.subject) as says
    from (select distinct on (c.estate_id, c.t_event, c.subject, c.zone_id) c.*
          from coverage c
          where c.estate_id = any ($1::bigint[]) and c.t_event >= $2::timestamptz
            and c.t_event < coalesce((select max(t_to) from due), $3::timestamptz)
          order by c.estate_id, c.t_event, c.subject, c.zone_id, c.version desc) s
    where not s.void
), cycle as (
    select d.estate_id, d.place_id, d.verdict,
           d.passable > 0 and coalesce(bit_count(bit_or(s.cells) & d.mask), 0) >= d.fraction * d.passable as serviced
    from due d
    left join stretch_of s on s.estate_id = d.estate_id and s.zone_id = d.place_id and s.grid = d.grid and s.t_event >= d.t_from
        and s.t_event < d.t_to and s.subject_type = any (d.subject_types) and (s.tool or not (d.tool or s.says))
    group by d.estate_id, d.duty_id, d.place_id, d.t_from, d.verdict, d.fraction, d.passable, d.mask
), counted as (
    select y.estate_id, y.place_id, count(*) filter (where y.verdict is distinct from 'waived') as due,
           count(*) filter (where y.verdict is distinct from 'waived' and y.serviced) as serviced,
           count(*) filter (where y.verdict = 'unknown' and y.serviced is not true) as unknown,
           count(*) filter (where y.verdict = 'waived') as waived
    from cycle y
    group by 1, 2
)
select a.estate_id, n.serviced::double precision / nullif(n.due - n.unknown, 0) as value, n.serviced as numerator,
       n.due - n.unknown as denominator, '1' as unit, n.zones_due, n.zones_serviced, n.unknown, n.waived
from (select distinct unnest($1::bigint[]) as estate_id) a
cross join lateral (
    select coalesce(sum(c.due), 0)::bigint as due, coalesce(sum(c.serviced), 0)::bigint as serviced,
           coalesce(sum(c.unknown), 0)::bigint as unknown, coalesce(sum(c.waived), 0)::bigint as waived,
           count(*) filter (where c.due > 0) as zones_due, count(*) filter (where c.due > 0 and c.serviced = c.due) as zones_serviced
    from counted c
    where c.estate_id = a.estate_id
) n
order by a.estate_id;
