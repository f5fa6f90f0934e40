-- What a client must know of the map as a whole. Columns: west, south, east, north of all data in degrees (null without
-- data), demo, attribution, approval, tz (that of most estates).
-- Callers: tiles (TileJSON).
with box as (
    select st_extent(geom) as box from estate where valid_to is null
    union all
    select st_extent(st_makeenvelope(w, s, e, n, 4326))
    from (select min(lon) as w, min(lat) as s, max(lon) as e, max(lat) as n from building where valid_to is null) b
    union all
    select st_extent(geom) from road where valid_to is null
), whole as (
    select st_extent(box::geometry) as box from box
), told as (
    select bool_or(demo) as demo, string_agg(distinct attribution, '; ') as attribution,
           string_agg(distinct approval, ' ') as approval
    from district
)
select st_xmin(box) as west, st_ymin(box) as south, st_xmax(box) as east, st_ymax(box) as north,
       coalesce(demo, false) as demo, attribution, approval,
       coalesce((select mode() within group (order by tz) from estate where valid_to is null and id <> 0),
                'Asia/Shanghai') as tz
from whole, told;
