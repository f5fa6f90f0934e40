-- Accepted devices, as OGC API features: where each stands itself, else in the middle of its building.
-- camera: a kind that sees people (as tiles_camera_kind).
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: now), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/devices), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.kind, q.name, q.building_id, q.storey, q.t_event, q.severity,
       q.alarm_at, q.due_at, q.verdict, q.verdict_at, q.uptime, q.overflow_s, q.camera, q.valid_from, q.valid_to
from (
    select d.id, d.estate_id, d.kind, d.name, d.building_id, d.storey, s.t_event, s.severity, s.alarm_at, y.due_at,
           y.verdict::text as verdict, y.verdict_at, y.uptime, y.overflow_s, d.valid_from, d.valid_to,
           d.kind ~* 'camera|cctv|video|recorder|nvr|dvr|ipc|onvif|webcam|摄像|监控|录像|抓拍|可视' as camera,
           st_point(coalesce(d.lon, b.lon), coalesce(d.lat, b.lat), 4326) as geom
    from device d
    left join building b on b.estate_id = d.building_estate_id and b.id = d.building_id
    left join device_duty y on y.estate_id = d.estate_id and y.device_id = d.id
    left join lateral (
        select max(t_event) as t_event,
               max(severity) filter (where kind = 'alarm' and phase in ('start', 'update')) as severity,
               min(t_event) filter (where kind = 'alarm' and phase in ('start', 'update')) as alarm_at
        from device_state
        where estate_id = d.estate_id and device_id = d.id
    ) s on true
    where d.state = 'accepted'
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and case when $2::timestamptz is null and $3::timestamptz is null then q.valid_to is null
           else q.valid_from <= coalesce($3::timestamptz, 'infinity')
                and coalesce(q.valid_to, 'infinity') > coalesce($2::timestamptz, '-infinity') end
  and ($4::bigint is null or q.id = $4::bigint)
  and true -- filter
order by q.id -- order
limit $5::bigint;
