-- Formula: camera_uptime version 1. The share of its theoretical hours in which a camera was online.
-- Definition: online hours / theoretical hours, for each local day or month of the estate's zone, or the whole period. The
-- theoretical hours are the bucket's own (a day of a change of the clocks has 23 or 25) while the camera was registered.
-- Hours of which nobody knows are in the denominator and counted apart; value_known leaves them out. A picture that is
-- lost or covered is an alarm of its own (fault), not offline.
-- Source: FIELD.md, "camera uptime".
-- Rests on: online_spans (0029_formula.sql): which events say online and offline, recorders, heartbeats and outages.
-- Parameters: estates (bigint[]; of the camera's place, its own if it has none), from, to (timestamptz), bucket ('day', 'month',
-- 'period'), silence (interval: how long a message tells of a camera without heartbeat_s), device kinds (text[]).
-- Columns: estate_id, device_id, device_estate_id, bucket (timestamptz, its start), value, numerator (s online), denominator (s),
-- unit ('s/s'), offline_s, unknown_s, hidden_s (of unknown: in outages of the source), value_known. One row a camera and bucket.
-- Privacy: devices that are things. Whoever shows it asks for a purpose as for any look at cameras.
-- Callers: api (measures), tests/duty/test_formula_device.c.
with camera as materialized (
    select d.estate_id as home_id, d.id, e.id as place_estate_id, e.tz, greatest($2::timestamptz, d.valid_from) as t0,
           least($3::timestamptz, d.valid_to) as t1
    from device d
    join estate e on e.id = coalesce(d.building_estate_id, d.estate_id)
    where e.id = any ($1::bigint[]) and d.kind = any ($6::text[]) and d.state = 'accepted' and d.valid_from < $3::timestamptz
      and (d.valid_to is null or d.valid_to > $2::timestamptz)
), bucket as materialized (
    select c.*, b.t_from as bucket, greatest(b.t_from, c.t0) as t_from, least(b.t_to, c.t1) as t_to,
           row_number() over (order by c.home_id, c.id, b.t_from) as n
    from camera c
    cross join lateral (
        select l at time zone c.tz as t_from, (l + u.step) at time zone c.tz as t_to
        from (select case $4::text when 'month' then interval '1 month' else interval '1 day' end as step) u
        cross join generate_series(date_trunc(case $4::text when 'month' then 'month' else 'day' end, c.t0 at time zone c.tz),
                                   c.t1 at time zone c.tz, u.step) l
        where $4::text in ('day', 'month')
        union all
        select $2::timestamptz, $3::timestamptz where $4::text = 'period'
    ) b
    where greatest(b.t_from, c.t0) < least(b.t_to, c.t1)
), told as (
    select s.n, seconds(s.online) as online, seconds(s.offline) as offline, seconds(s.unknown) as unknown, seconds(s.hidden) as hidden
    from online_spans((select array_agg(home_id order by n) from bucket), (select array_agg(id order by n) from bucket),
                      (select array_agg(t_from order by n) from bucket), (select array_agg(t_to order by n) from bucket),
                      $2::timestamptz, $3::timestamptz, $5::interval) s
)
select b.place_estate_id as estate_id, b.id as device_id, b.home_id as device_estate_id, b.bucket,
       t.online / nullif(seconds(b.t_to - b.t_from), 0) as value, t.online as numerator, seconds(b.t_to - b.t_from) as denominator,
       's/s' as unit, t.offline as offline_s, t.unknown as unknown_s, t.hidden as hidden_s,
       t.online / nullif(t.online + t.offline, 0) as value_known
from bucket b
join told t on t.n = b.n
order by 1, 2, 4;
