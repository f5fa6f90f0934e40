-- One tile's guards, cleaners and vehicles, under their call signs: never a pseudonym.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees. Columns: mvt; homes, the
-- estates that they belong to ("1,2"): whoever looks at them is written down.
-- Callers: tiles (layer assets).
with seen as (
    select *
    from asset_state
    where lon between $4::float8 and $6::float8 and lat between $5::float8 and $7::float8
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
