-- Formula: area_swept version 1. How much of a zone was covered.
-- Definition: area(union of track buffers inside the zone, where it can be walked or driven) / area of the zone that can. Both
-- as cells of the zone's grid: bit_or of the coverage's cells, masked; a cell has cell_m x cell_m square metres. Coverage that
-- begins in the period counts; of a place's grids the newest made before the period's end, of other grids nothing (counted).
-- Source: FIELD.md, "area swept"; docs/formulas.md, coverage (geo/cover*.c). tool: only what was covered with the tool engaged.
-- Parameters: estates (bigint[]), from, to (timestamptz), tool only (boolean), subject types (subject_type[]; null: all).
-- Columns: estate_id, zone_id, value, numerator (m2 swept), denominator (m2 passable), unit ('m2/m2'), cells (swept), passable
-- (cells), stretches, other_grid (stretches on a grid that is no longer the zone's). One row a zone with a grid.
-- Privacy: organisations' work on places; who covered it is not told.
-- Callers: api (measures), tests/duty/test_formula_area.c.
with zone_at as materialized (
    select distinct on (g.estate_id, g.zone_id) g.estate_id, g.zone_id, g.grid, g.cell_m, g.passable, g.mask
    from zone_grid g
    join zone z on z.estate_id = g.estate_id and z.id = g.zone_id
    where g.estate_id = any ($1::bigint[]) and z.valid_from < $3::timestamptz and (z.valid_to is null or z.valid_to > $2::timestamptz)
    order by g.estate_id, g.zone_id, (g.made_at < $3::timestamptz) desc,
             case when g.made_at < $3::timestamptz then g.made_at end desc, g.made_at, g.grid
), stretch_of as (
    select distinct on (c.estate_id, c.t_event, c.subject, c.zone_id) c.*
    from coverage c
    where c.estate_id = any ($1::bigint[]) and c.t_event >= $2::timestamptz and c.t_event < $3::timestamptz
    order by c.estate_id, c.t_event, c.subject, c.zone_id, c.version desc
), swept as (
    select s.estate_id, s.zone_id, bit_or(s.cells) filter (where s.grid = z.grid) as cells,
           count(*) filter (where s.grid = z.grid) as stretches, count(*) filter (where s.grid <> z.grid) as other_grid
    from stretch_of s
    join zone_at z on z.estate_id = s.estate_id and z.zone_id = s.zone_id
    where not s.void and (s.tool or not $4::boolean) and ($5::subject_type[] is null or s.subject_type = any ($5::subject_type[]))
    group by 1, 2
), counted as (
    select z.estate_id, z.zone_id, coalesce(bit_count(s.cells & z.mask), 0) as cells, z.passable,
           z.cell_m::double precision ^ 2 as cell_m2, coalesce(s.stretches, 0) as stretches, coalesce(s.other_grid, 0) as other_grid
    from zone_at z
    left join swept s on s.estate_id = z.estate_id and s.zone_id = z.zone_id
)
select c.estate_id, c.zone_id, c.cells::double precision / nullif(c.passable, 0) as value, c.cells * c.cell_m2 as numerator,
       c.passable * c.cell_m2 as denominator, 'm2/m2' as unit, c.cells, c.passable, c.stretches, c.other_grid
from counted c
order by c.estate_id, c.zone_id;
