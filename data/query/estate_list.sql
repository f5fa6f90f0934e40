-- The estates of the scope that can be shown: those with an outline or at least one building, which then gives the box.
-- Columns: id, name, name_en, management_type, tz, lon, lat, west, south, east, north, buildings, units (those
-- of the scope that are there, with a position in the last 10 minutes). `Unassigned` comes last, and only when it holds buildings.
-- Callers: api (GET /api/estates).
with house as (
    select estate_id, count(*) as buildings, min(lon) as w, min(lat) as s, max(lon) as e, max(lat) as n
    from building where valid_to is null group by estate_id
), unit as (
    select at_estate_id as estate_id, count(*) as units
    from asset_state where t_event > now() - interval '10 minutes' group by at_estate_id
), boxed as (
    select e.id, e.name, e.name_en, e.management_type, e.tz,
           st_centroid(e.geom) as centre,
           coalesce(st_xmin(e.geom), h.w) as west, coalesce(st_ymin(e.geom), h.s) as south,
           coalesce(st_xmax(e.geom), h.e) as east, coalesce(st_ymax(e.geom), h.n) as north,
           coalesce(h.buildings, 0) as buildings, coalesce(u.units, 0) as units
    from estate e
    left join house h on h.estate_id = e.id
    left join unit u on u.estate_id = e.id
    where e.valid_to is null
)
select id, name, name_en, management_type::text as management_type, tz,
       coalesce(st_x(centre), (west + east) / 2) as lon, coalesce(st_y(centre), (south + north) / 2) as lat,
       west, south, east, north, buildings, units
from boxed
where west is not null
order by id = 0, id;
