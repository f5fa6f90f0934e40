-- One tile's open incidents: each where it says itself, else in the middle of its building, else where its estate's name is.
-- As of a moment: what was open then, in the state and at the level that its steps tell; which clock would end next, who was to
-- deal with it and the version are not kept.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; the moment, null: now.
-- Columns: mvt.
-- Callers: tiles (as it was: ?at=), and the tests, which compare the mirror's tiles with it.
with known as (
    select estate_id, id, category, severity, building_id, storey, lon, lat, drill, reported_at, state, level, organisation_id,
           state_at, nullif(breach_at, 'infinity') as breach_at, version
    from incident
    where $8::timestamptz is null and closed_at is null
    union all
    select i.estate_id, i.id, i.category, i.severity, i.building_id, i.storey, i.lon, i.lat, i.drill, i.reported_at, s.state,
           t.level, null, t.state_at, null, null
    from incident i
    cross join lateral (
        select state from incident_step
        where estate_id = i.estate_id and incident_id = i.id and at <= $8::timestamptz
        order by at desc, id desc
        limit 1
    ) s
    cross join lateral (
        select count(*) filter (where step = 'escalate') as level,
               max(at) filter (where step in ('report', 'resume', 'split')
                                  or step in (select m.step from incident_move m where m.next is not null)) as state_at
        from incident_step
        where estate_id = i.estate_id and incident_id = i.id and at <= $8::timestamptz
    ) t
    where $8::timestamptz is not null and i.reported_at <= $8::timestamptz
      and (i.closed_at is null or i.closed_at > $8::timestamptz) and s.state not in ('closed', 'rejected', 'merged')
), shown as (
    select k.id, k.estate_id, k.category, k.severity::text as severity, k.building_id, b.name as building_name,
           b.name_en as building_name_en, k.storey, k.drill, k.reported_at,
           k.state::text as state, k.level, k.organisation_id, k.state_at, k.breach_at, k.version,
           case when k.lon is not null and k.lat is not null then st_point(k.lon, k.lat, 4326)
                when b.id is not null then st_point(b.lon, b.lat, 4326)
                when st_contains(e.geom, st_centroid(e.geom)) then st_centroid(e.geom)
                else st_pointonsurface(e.geom) end as geom
    from known k
    left join building b on b.estate_id = k.estate_id and b.id = k.building_id
                        and b.valid_from <= coalesce($8::timestamptz, 'infinity')
                        and (b.valid_to is null or b.valid_to > $8::timestamptz)
    left join estate e on e.id = k.estate_id and e.valid_from <= coalesce($8::timestamptz, 'infinity')
                      and (e.valid_to is null or e.valid_to > $8::timestamptz)
)
select st_asmvt(feature, 'incidents', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id, category, severity, building_id, building_name, building_name_en, storey, drill,
           to_char(reported_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as reported_at, state, level, organisation_id,
           to_char(state_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as state_at,
           to_char(breach_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as breach_at, version,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from shown
    where geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and true -- filter
    order by id
) feature;
