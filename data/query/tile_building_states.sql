-- One tile's buildings of which something is known: when somebody passed, when something was told, what became of duties.
-- As of a moment: of the 24 hours before it, as far as passes, events and windows are kept; of duties only the verdict that
-- was on record then, about the last window that was over (of several the worst): the rest of them is not kept.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
-- At zoom 13 what is smaller than about half a pixel is left out, as in layer buildings. What is not blind is null.
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
    select estate_id, building_id, last_pass_at, last_pass_subject_type, last_event_at, last_alarm_at, due_at,
           verdict, verdict_at, extract(epoch from duty_every)::bigint as duty_every_s, breach_at, breached_at,
           nullif(blind, false) as blind
    from building_state
    where $8::timestamptz is null
    union all
    select estate_id, building_id, p.last_at, p.subject_type, t.event_at, t.alarm_at, null, null, null, null, null, null,
           null
    from passed p
    full join told t using (estate_id, building_id)
), shown as (
    select b.id, b.estate_id, b.name, b.name_en, b.geom, s.last_pass_at,
           s.last_pass_subject_type::text as last_pass_subject_type, s.last_event_at, s.last_alarm_at, s.due_at,
           coalesce(s.verdict, j.verdict)::text as verdict, coalesce(s.verdict_at, j.t_to) as verdict_at,
           s.duty_every_s, s.breach_at, s.breached_at, s.blind
    from building b
    left join state s on s.estate_id = b.estate_id and s.building_id = b.id
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
        where $8::timestamptz is not null and w.estate_id = b.estate_id and w.place_kind = 'building'
          and w.place_id = b.id and w.t_from < $8::timestamptz and w.t_to <= $8::timestamptz
          and w.t_to > $8::timestamptz - interval '24 hours' and w.t_from > $8::timestamptz - interval '48 hours'
        order by w.t_to desc, array_position('{missed,unknown,met,waived}'::verdict_kind[], v.verdict)
        limit 1
    ) j on true
    where b.valid_from <= coalesce($8::timestamptz, 'infinity')
      and (b.valid_to is null or b.valid_to > $8::timestamptz)
      and b.geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and b.area_m2 >= case when $1::bigint >= 14 then 0 else 40 end
      and num_nonnulls(s.last_pass_at, s.last_pass_subject_type, s.last_event_at, s.last_alarm_at, s.due_at, s.verdict,
                       s.verdict_at, s.duty_every_s, s.breach_at, s.breached_at, s.blind, j.verdict) > 0
)
select st_asmvt(feature, 'building_states', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id,
           to_char(last_pass_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_pass_at, last_pass_subject_type,
           to_char(last_event_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_event_at,
           to_char(last_alarm_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_alarm_at,
           to_char(due_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as due_at, verdict,
           to_char(verdict_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as verdict_at, duty_every_s,
           to_char(breach_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as breach_at,
           to_char(breached_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as breached_at, blind,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from shown
    where true
      and true -- filter
    order by id
) feature;
