-- One tile's zones of duty that somebody passed. As of a moment: in the 24 hours before it, as far as passes are kept.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- What is smaller than a pixel of a 512 pixel tile is left out.
with state as (
    select estate_id, zone_id, last_pass_at, last_pass_subject_type
    from zone_state
    where $8::timestamptz is null and last_pass_at is not null
    union all
    (select distinct on (estate_id, place_id) estate_id, place_id, last_at, subject_type
     from (
         select distinct on (estate_id, t_event, subject, place_id) estate_id, place_id,
                least(t_to, $8::timestamptz) as last_at, subject_type
         from pass
         where $8::timestamptz is not null and place_kind = 'zone'
           and t_event > $8::timestamptz - interval '24 hours' and t_event <= $8::timestamptz
         order by estate_id, t_event, subject, place_id, version desc
     ) valid
     order by estate_id, place_id, last_at desc, subject_type desc)
), shown as (
    select z.id, z.estate_id, z.kind, z.name, z.name_en, z.geom, s.last_pass_at,
           s.last_pass_subject_type::text as last_pass_subject_type
    from zone z
    join state s on s.estate_id = z.estate_id and s.zone_id = z.id
    where z.valid_from <= coalesce($8::timestamptz, 'infinity')
      and (z.valid_to is null or z.valid_to > $8::timestamptz)
      and z.geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
)
select st_asmvt(feature, 'zone_states', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id,
           to_char(last_pass_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_pass_at, last_pass_subject_type,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from shown
    where greatest(st_xmax(geom) - st_xmin(geom), st_ymax(geom) - st_ymin(geom)) >= 1 * 360 / (512 * 2.0 ^ $1::bigint)
      and true -- filter
    order by id
) feature;
