-- One tile's patrol points.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees. Columns: mvt.
-- Callers: tiles (layer checkpoints).
select st_asmvt(feature, 'checkpoints', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, name, name_en,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from checkpoint
    where valid_to is null
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
    order by id
) feature;
