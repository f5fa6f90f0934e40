-- One tile's buildings of which something is known: when somebody passed, when something was told. As of a moment: of
-- the 24 hours before it, as far as passes and events are kept.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- At zoom 13 what is smaller than about half a pixel is left out, as in layer buildings.
with passed as (
    select distinct on (estate_id, building_id) estate_id, building_id, last_at, subject_type
    from (
        select distinct on (estate_id, t_event, subject, place_id) estate_id, place_id as building_id,
               least(t_to, $8::timestamptz) as last_at, subject_type
        from pass
        where $8::timestamptz is not null and place_kind = 'building'
          and t_event > $8::timestamptz - interval '24 hours' and t_event <= $8::timestamptz
        order by estate_id, t_event, subject, place_id, version desc
    ) valid
    order by estate_id, building_id, last_at desc, subject_type desc
), told as (
    select building_estate_id as estate_id, building_id, max(t_event) as event_at,
           max(t_event) filter (where kind = 'alarm') as alarm_at
    from event
    where $8::timestamptz is not null and building_id is not null
      and t_event > $8::timestamptz - interval '24 hours' and t_event <= $8::timestamptz
      and kind in ('alarm', 'access', 'checkpoint', 'detection', 'transition')
    group by 1, 2
), state as (
    select estate_id, building_id, last_pass_at, last_pass_subject_type, last_event_at, last_alarm_at
    from building_state
    where $8::timestamptz is null and num_nonnulls(last_pass_at, last_event_at, last_alarm_at) > 0
    union all
    select estate_id, building_id, p.last_at, p.subject_type, t.event_at, t.alarm_at
    from passed p
    full join told t using (estate_id, building_id)
), shown as (
    select b.id, b.estate_id, b.name, b.name_en, b.geom, s.last_pass_at,
           s.last_pass_subject_type::text as last_pass_subject_type, s.last_event_at, s.last_alarm_at
    from building b
    join state s on s.estate_id = b.estate_id and s.building_id = b.id
    where b.valid_from <= coalesce($8::timestamptz, 'infinity')
      and (b.valid_to is null or b.valid_to > $8::timestamptz)
      and b.geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and b.area_m2 >= case when $1::bigint >= 14 then 0 else 40 end
)
select st_asmvt(feature, 'building_states', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id,
           to_char(last_pass_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_pass_at, last_pass_subject_type,
           to_char(last_event_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_event_at,
           to_char(last_alarm_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_alarm_at,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from shown
    where true
      and true -- filter
    order by id
) feature;
