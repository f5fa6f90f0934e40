-- One tile's devices: where each stands itself, else in the middle of its building, the worst that is on at it, and what
-- duties say of it.
-- Cameras among them. There is no answer as of a moment: what a device said before is not kept as its state.
-- Parameters: z, x, y, then west, south, east, north of the tile with its buffer in degrees; nothing else is used.
-- Columns: mvt.
-- Callers: tests, which compare the mirror's tiles with it.
with state as (
    select estate_id, device_id, max(t_event) as t_event,
           max(severity) filter (where kind = 'alarm' and phase in ('start', 'update')) as severity,
           min(t_event) filter (where kind = 'alarm' and phase in ('start', 'update')) as alarm_at
    from device_state
    group by 1, 2
), shown as (
    select d.id, d.estate_id, d.kind, d.name, d.building_id, d.storey,
           s.t_event, s.severity, s.alarm_at, y.due_at, y.verdict::text as verdict, y.verdict_at, y.uptime,
           y.uptime_from, y.overflow_s,
           st_point(coalesce(d.lon, b.lon), coalesce(d.lat, b.lat), 4326) as geom
    from device d
    left join building b on b.estate_id = d.building_estate_id and b.id = d.building_id and b.valid_to is null
    left join state s on s.estate_id = d.estate_id and s.device_id = d.id
    left join device_duty y on y.estate_id = d.estate_id and y.device_id = d.id
    where d.valid_to is null and d.state = 'accepted' and coalesce(d.lon, b.lon) is not null
)
select st_asmvt(feature, 'devices', 4096, 'geom', 'feature_id') as mvt
from (
    select id as feature_id, id, estate_id, kind, name, building_id, storey,
           to_char(t_event, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as t_event, severity,
           to_char(alarm_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as alarm_at,
           to_char(due_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as due_at, verdict,
           to_char(verdict_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as verdict_at, uptime,
           to_char(uptime_from, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as uptime_from, overflow_s,
           st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1::bigint::int, $2::bigint::int, $3::bigint::int),
                        4096, 64, true) as geom
    from shown
    where geom && st_makeenvelope($4::float8, $5::float8, $6::float8, $7::float8, 4326)
      and $8::timestamptz is null
      and true -- filter
    order by id
) feature;
