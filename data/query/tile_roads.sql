-- One tile's roads and paths.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- The lower the zoom, the higher the class that a road must have.
select st_asmvt(feature, 'roads', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, class, name, name_en,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from road
    where valid_from <= coalesce($8::timestamptz, 'infinity') and (valid_to is null or valid_to > $8::timestamptz)
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
      and ($1::bigint >= 14
           or ($1::bigint >= 13 and coalesce(class, '') not in ('footway', 'path', 'steps', 'cycleway', 'pedestrian',
                                                                'bridleway', 'track', 'corridor', 'service'))
           or ($1::bigint >= 12 and class in ('motorway', 'trunk', 'primary', 'secondary', 'tertiary', 'motorway_link',
                                              'trunk_link', 'primary_link'))
           or ($1::bigint >= 10 and class in ('motorway', 'trunk', 'primary', 'secondary'))
           or class in ('motorway', 'trunk'))
    order by id
) feature;
