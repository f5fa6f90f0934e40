-- One tile's guards, cleaners and vehicles, under their call signs: never a pseudonym. As of a moment: where each was
-- last in the quarter of an hour before it, as long as its positions are kept; one whose shift is over has no id.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt; homes, the estates that they belong to ("1,2"): whoever looks at them is written down.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
with last as (
    select estate_id, id, label, label_en, subject_type, t_event, course_deg, at_estate_id, building_id, lon, lat
    from asset_state
    where $8::timestamptz is null
    union all
    select f.estate_id, a.id, coalesce(a.label, s.label), coalesce(a.label_en, s.label_en), f.subject_type, f.t_event,
           f.course_deg, f.building_estate_id, f.building_id, f.lon, f.lat
    from (
        select distinct on (estate_id, subject) *
        from fix
        where $8::timestamptz is not null and t_event > $8::timestamptz - interval '15 minutes'
          and t_event <= $8::timestamptz and subject is not null
        order by estate_id, subject, t_event desc, dedup
    ) f
    left join asset_state a on a.estate_id = f.estate_id and a.subject = f.subject
    left join shift s on s.estate_id = f.estate_id and s.id = f.shift_id
    where coalesce(a.label, s.label) is not null
), seen as (
    select *
    from last
    where lon between $4::float8 and $6::float8 and lat between $5::float8 and $7::float8
      and true -- filter
)
select (
    select st_asmvt(feature, 'assets', 4096, 'geom', 'feature_id')
    from (
        select id as feature_id, id, label, label_en, subject_type::text as subject_type,
               to_char(t_event, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as t_event, course_deg, at_estate_id, building_id,
               st_asmvtgeom(st_transform(st_point(lon, lat, 4326), 3857),
                            st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int), 4096, 64, true) as geom
        from seen
        order by id
    ) feature
) as mvt, (select string_agg(distinct estate_id::text, ',') from seen) as homes;
