-- What a client must know of the map as a whole. Columns: west, south, east, north of all data in degrees (null without
-- data), demo, attribution, approval, tz (that of most estates). OpenStreetMap's licence wants its name on every map
-- with its data - rows of data set osm, or with keys as its imports make them (way/1, osm/2) - so it comes first, where
-- nothing cuts it off.
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
), open as (
    select exists (
        select 1
        from (
            select dataset, key from building where valid_to is null
            union all select dataset, key from road where valid_to is null
            union all select dataset, key from water where valid_to is null
            union all select dataset, key from landuse where valid_to is null
            union all select dataset, key from place where valid_to is null
            union all select dataset, key from estate where valid_to is null
            union all select dataset, key from grid where valid_to is null
            union all select dataset, key from zone where valid_to is null
            union all select dataset, key from route where valid_to is null
            union all select dataset, key from checkpoint where valid_to is null
            union all select dataset, key from facility where valid_to is null
        ) row
        where dataset = 'osm' or key like any (array['way/%', 'relation/%', 'node/%', 'osm/%'])
    ) as street_map
), told as (
    select bool_or(demo) as demo, string_agg(distinct attribution, '; ') as attribution,
           string_agg(distinct approval, ' ') as approval
    from district
), credited as (
    select concat_ws('; ', case when street_map and coalesce(attribution, '') not like '%OpenStreetMap contributors%'
                                then '© OpenStreetMap contributors' end, attribution) as attribution
    from told, open
)
select st_xmin(box) as west, st_ymin(box) as south, st_xmax(box) as east, st_ymax(box) as north,
       coalesce(demo, false) as demo, nullif(credited.attribution, '') as attribution, approval,
       coalesce((select mode() within group (order by tz) from estate where valid_to is null and id <> 0),
                'Asia/Shanghai') as tz
from whole, told, credited;
