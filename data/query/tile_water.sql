-- One tile's water.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- What is smaller than two pixels of a 512 pixel tile is left out.
select st_asmvt(feature, 'water', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, class, name, name_en,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from water
    where valid_from <= coalesce($8::timestamptz, 'infinity') and (valid_to is null or valid_to > $8::timestamptz)
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
      and greatest(st_xmax(geom) - st_xmin(geom), st_ymax(geom) - st_ymin(geom)) >= 2 * 360 / (512 * 2.0 ^ $1::bigint)
    order by id
) feature;
