-- One point an estate, in the one tile that holds it: the centre where that lies inside, else a point on the surface.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
with tile as (
    select st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int) as box
), label as (
    select id, name, name_en,
           st_transform(case when st_contains(geom, st_centroid(geom)) then st_centroid(geom)
                             else st_pointonsurface(geom) end, 3857) as point
    from estate
    where valid_from <= coalesce($8::timestamptz, 'infinity') and (valid_to is null or valid_to > $8::timestamptz)
      and geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
)
select st_asmvt(feature, 'estate_labels', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, name, name_en, st_asmvtgeom(point, box, 4096, 0, false) as geom
    from label, tile
    where st_x(point) >= st_xmin(box) and st_x(point) < st_xmax(box)
      and st_y(point) > st_ymin(box) and st_y(point) <= st_ymax(box)
    order by id
) feature;
