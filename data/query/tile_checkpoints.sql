-- One tile's patrol points.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
select st_asmvt(feature, 'checkpoints', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, name, name_en,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from checkpoint
    where valid_from <= coalesce($8::timestamptz, 'infinity') and (valid_to is null or valid_to > $8::timestamptz)
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
    order by id
) feature;
