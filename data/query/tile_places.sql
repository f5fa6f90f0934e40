-- One tile's names of places.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- Before zoom 12 only what has a population.
select st_asmvt(feature, 'places', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, name, name_en, class,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from place
    where valid_from <= coalesce($8::timestamptz, 'infinity') and (valid_to is null or valid_to > $8::timestamptz)
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
      and ($1::bigint >= 12 or class in ('city', 'town', 'suburb', 'district', 'borough', 'village'))
    order by id
) feature;
