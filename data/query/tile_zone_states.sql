-- One tile's zones of duty of which something is known: who passed, what became of duties, what share of it is swept. As of
-- a moment: of the 24 hours before it, as far as passes and windows are kept; of duties only the verdict that was on record
-- then, about the last window that was over (of several the worst): the rest of them is not kept.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- What is smaller than a pixel of a 512 pixel tile is left out.
with state as (
    select estate_id, zone_id, last_pass_at, last_pass_subject_type, due_at, verdict, verdict_at, swept, swept_from,
           swept_at
    from zone_state
    where $8::timestamptz is null
    union all
    (select distinct on (estate_id, place_id) estate_id, place_id, last_at, subject_type, null::timestamptz,
            null::verdict_kind, null::timestamptz, null::real, null::timestamptz, null::timestamptz
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
           s.last_pass_subject_type::text as last_pass_subject_type, s.due_at,
           coalesce(s.verdict, j.verdict)::text as verdict, coalesce(s.verdict_at, j.t_to) as verdict_at, s.swept,
           s.swept_from, s.swept_at
    from zone z
    left join state s on s.estate_id = z.estate_id and s.zone_id = z.id
    left join lateral (
        select w.t_to, v.verdict
        from duty_window w
        cross join lateral (
            select verdict
            from verdict
            where estate_id = w.estate_id and t_from = w.t_from and duty_id = w.duty_id and place_id = w.place_id
              and recorded_at <= $8::timestamptz
            order by version desc
            limit 1
        ) v
        where $8::timestamptz is not null and w.estate_id = z.estate_id and w.place_kind = 'zone' and w.place_id = z.id
          and w.t_from < $8::timestamptz and w.t_to <= $8::timestamptz
          and w.t_to > $8::timestamptz - interval '24 hours' and w.t_from > $8::timestamptz - interval '48 hours'
        order by w.t_to desc, array_position('{missed,unknown,met,waived}'::verdict_kind[], v.verdict)
        limit 1
    ) j on true
    where z.valid_from <= coalesce($8::timestamptz, 'infinity')
      and (z.valid_to is null or z.valid_to > $8::timestamptz)
      and z.geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and num_nonnulls(s.last_pass_at, s.last_pass_subject_type, s.due_at, s.verdict, s.verdict_at, s.swept,
                       s.swept_from, s.swept_at, j.verdict) > 0
)
select st_asmvt(feature, 'zone_states', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id,
           to_char(last_pass_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_pass_at, last_pass_subject_type,
           to_char(due_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as due_at, verdict,
           to_char(verdict_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as verdict_at, swept,
           to_char(swept_from, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as swept_from,
           to_char(swept_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as swept_at,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from shown
    where greatest(st_xmax(geom) - st_xmin(geom), st_ymax(geom) - st_ymin(geom)) >= 1 * 360 / (512 * 2.0 ^ $1::bigint)
      and true -- filter
    order by id
) feature;
