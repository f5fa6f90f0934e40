-- The things of the demo district, one source a family, each where it stands: plate cameras at gates, cameras some steps behind
-- them, bins at sorting stations, every tenth lift, readers at checkpoints, a smoke detector in every fourth building of three
-- storeys or more, an air station an estate, a camera at every fire lane, whose recorder speaks at least once an hour, three
-- trucks, a sweeper an estate. Those that are there already stay.
-- Parameters: none. Callers: cli up (--demo).
with at_gate as (
    select row_number() over (order by f.estate_id, f.key) as n, f.estate_id, f.name, st_x(f.geom) as lon, st_y(f.geom) as lat,
           st_project(f.geom::geography, 12, st_azimuth(f.geom, st_centroid(e.geom)))::geometry as inside
    from facility f
    join estate e on e.id = f.estate_id
    where f.valid_to is null and f.kind = 'gate'
), thing as (
    select 'demo-cameras' as source, format('gate-%s', lpad(n::text, 2, '0')) as native_id, 'camera' as kind, name || '摄像机' as name,
           null::bigint as building_estate_id, null::bigint as building_id, null::smallint as storey,
           st_x(inside) as lon, st_y(inside) as lat, null::bigint as checkpoint_id, null::integer as heartbeat_s
    from at_gate
    union all
    select 'demo-gates', format('de700000-%s', lpad(to_hex(n), 8, '0')), 'gate', name || '道闸', null, null, null, lon, lat, null, null
    from at_gate
    union all
    select 'demo-bins', format('24E124DE7%s', lpad(row_number() over (order by estate_id, key)::text, 7, '0')), 'bin',
           name || '桶', null, null, null, st_x(geom), st_y(geom), null, null
    from facility where valid_to is null and kind = 'sorting_station'
    union all
    select 'demo-smoke', format('smoke-%s', lpad(n::text, 3, '0')), 'smoke_detector', '二层烟感', estate_id, id, 2, null, null, null, null
    from (
        select row_number() over (order by estate_id, id) as n, estate_id, id, name
        from building where valid_to is null and levels >= 3
    ) tall
    where n % 4 = 0
    union all
    select 'demo-air', format('24E124A12%s', lpad(row_number() over (order by id)::text, 7, '0')), 'air_station', name || '空气站',
           null, null, null, st_x(st_pointonsurface(geom)), st_y(st_pointonsurface(geom)), null, null
    from estate where valid_to is null and id > 0
    union all
    select 'demo-lifts', n::text, 'lift', name, null, null, null, lon, lat, null, null
    from (
        select row_number() over (order by estate_id, key) as n, name, st_x(geom) as lon, st_y(geom) as lat
        from facility where valid_to is null and kind = 'lift'
    ) every
    where n % 10 = 0
    union all
    select 'demo-readers', format('reader-%s', lpad(row_number() over (order by estate_id, key)::text, 3, '0')), 'reader',
           name || '读卡器', null, null, null, st_x(geom), st_y(geom), id, null
    from checkpoint where valid_to is null
    union all
    select 'demo-recorder', format('lane-%s', lpad(row_number() over (order by estate_id, key)::text, 2, '0')), 'camera',
           name || '摄像机', null, null, null, st_x(st_pointonsurface(geom)), st_y(st_pointonsurface(geom)), null, 3600
    from zone where valid_to is null and kind = 'fire_lane'
    union all
    select 'demo-vehicles', format('860000000000%s', lpad(n::text, 3, '0')), 'vehicle', format('清运%s号', n), null, null,
           null, null, null, null, null
    from generate_series(1, 3) n
    union all
    select format('demo-sweeper-%s', id), format('sweeper-%s', id), 'vehicle', name || '环卫车', null, null,
           null, null, null, null, null
    from estate where dataset like 'demo-%' and valid_to is null
), made as (
    insert into device (estate_id, source_id, native_id, kind, name, building_estate_id, building_id, storey, lon, lat,
                        checkpoint_id, heartbeat_s)
    select s.estate_id, s.id, t.native_id, t.kind, t.name, t.building_estate_id, t.building_id, t.storey, t.lon, t.lat,
           t.checkpoint_id, t.heartbeat_s
    from thing t
    join source s on s.name = t.source and s.removed_at is null
    order by s.id, t.native_id
    on conflict do nothing
    returning source_id
)
update source set registry_version = registry_version + 1 where id in (select source_id from made);
