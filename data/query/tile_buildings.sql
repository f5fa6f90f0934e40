-- One tile's buildings. At zoom 13 codes, and what is smaller than about half a pixel, are left out; a tile never holds
-- more than the 14,000 largest, which keeps the densest city under 500 kB.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
with largest as (
    select id, estate_id, name, name_en, case when $1::bigint >= 14 then codes[1] end as code, levels, height_m,
           min_height_m, geom
    from building
    where valid_from <= coalesce($8::timestamptz, 'infinity') and (valid_to is null or valid_to > $8::timestamptz)
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
      and area_m2 >= case when $1::bigint >= 14 then 0 else 40 end
    order by area_m2 desc, id
    limit 14000
)
select st_asmvt(feature, 'buildings', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id, name, name_en, code, levels, height_m, min_height_m,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from largest
) feature;
