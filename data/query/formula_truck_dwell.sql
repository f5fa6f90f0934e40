-- Formula: truck_dwell version 1. How long trucks stood at their places, and whether that was long enough.
-- Definition: seconds in which at least one vehicle of the duty's subject types stood inside the service polygon, of a window of
-- a pass duty that asks for time there (dwell_s > 0). It stands between two consecutive positions inside, no more than the
-- given seconds apart, when the way between them over the time is at most the given speed. Under the duty's dwell_s the place
-- was not serviced in that window. Waived windows are not due; not serviced, but the verdict is unknown: counted apart.
-- Source: FIELD.md, "truck dwell".
-- A window belongs to the period in which it begins; one that ends after `as of` is not due yet.
-- Parameters: estates (bigint[]), from, to, as of (timestamptz; null: all are due), speed in m/s, gap in seconds, accuracy_m.
-- Columns: estate_id, zone_id, value, numerator (windows serviced), denominator (windows due and known), unit ('1'), dwell_s (sum
-- over the windows due), least_s (of one), under (windows with a stop that was too short), unknown, waived. One row a zone.
-- Privacy: vehicles' positions are read where they passed the zone; only seconds come out, of a zone and all vehicles together.
-- Callers: api (measures), tests/duty/test_formula_area.c, tests/duty/test_formula_real.c.
with home as materialized ( -- estates whose sources tell of vehicles
    select array_agg(distinct s.estate_id) as ids from source s
), due as materialized (
    select w.estate_id, w.duty_id, w.place_id, w.t_from, w.t_to, w.verdict, d.subject_types, d.dwell_s, z.geom
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    join zone z on z.estate_id = w.estate_id and z.id = w.place_id
    where w.estate_id = any ($1::bigint[]) and w.place_kind = 'zone' and d.proof = 'pass' and d.dwell_s > 0
      and d.subject_types && '{vehicle,fleet,unit}' and w.t_from >= $2::timestamptz and w.t_from < $3::timestamptz
      and ($4::timestamptz is null or w.t_to <= $4::timestamptz)
), went as materialized (
    select d.estate_id, d.duty_id, d.place_id, d.t_from, d.t_to, d.geom, p.subject, range_merge(range_agg(tstzrange(p.t_event, p.t_to, '[]'))) as span
    from due d
    join lateral (select distinct on (x.t_event, x.subject) x.*
                  from pass x
                  where x.estate_id = d.estate_id and x.place_kind = 'zone' and x.place_id = d.place_id
                    and x.t_event >= d.t_from - interval '1 day' and x.t_event < d.t_to
                  order by x.t_event, x.subject, x.version desc) p on not p.void and p.t_to >= d.t_from
    where p.subject_type = any (d.subject_types)
    group by 1, 2, 3, 4, 5, 6, 7
), inside as (
    select w.estate_id, w.duty_id, w.place_id, w.t_from, w.t_to, w.subject, f.t_event, f.lon, f.lat,
           st_covers(w.geom, st_setsrid(st_makepoint(f.lon, f.lat), 4326)) as inside
    from went w
    join fix f on f.estate_id = any ((select ids from home)::bigint[]) and f.t_event >= lower(w.span) and f.t_event <= upper(w.span)
              and f.subject = w.subject
    where f.t_event >= $2::timestamptz - interval '1 day' and coalesce(f.acc_m, 0) <= $7::double precision and f.t_source <> 'received'
), stood as (
    select s.estate_id, s.duty_id, s.place_id, s.t_from,
           range_agg(tstzrange(s.was_at, s.t_event) * tstzrange(s.t_from, s.t_to)) as spans
    from (select i.*, lag(i.inside) over w as was_inside, lag(i.t_event) over w as was_at, lag(i.lon) over w as was_lon, lag(i.lat) over w as was_lat
          from inside i window w as (partition by i.estate_id, i.duty_id, i.place_id, i.t_from, i.subject order by i.t_event)) s
    where s.inside and s.was_inside and s.t_event > s.was_at and seconds(s.t_event - s.was_at) <= $6::double precision
      and metres_between(s.was_lon, s.was_lat, s.lon, s.lat) <= $5::double precision * seconds(s.t_event - s.was_at)
    group by 1, 2, 3, 4
), counted as (
    select d.estate_id, d.place_id, d.verdict, d.dwell_s, coalesce(seconds(t.spans), 0) as stood
    from due d
    left join stood t on t.estate_id = d.estate_id and t.duty_id = d.duty_id and t.place_id = d.place_id and t.t_from = d.t_from
), zoned as (
    select c.estate_id, c.place_id, count(*) filter (where c.verdict is distinct from 'waived') as due,
           count(*) filter (where c.verdict is distinct from 'waived' and c.stood >= c.dwell_s) as serviced,
           count(*) filter (where c.verdict = 'unknown' and c.stood < c.dwell_s) as unknown,
           count(*) filter (where c.verdict = 'waived') as waived,
           count(*) filter (where c.verdict is distinct from 'waived' and c.stood > 0 and c.stood < c.dwell_s) as under,
           sum(c.stood) filter (where c.verdict is distinct from 'waived') as stood,
           min(c.stood) filter (where c.verdict is distinct from 'waived') as least
    from counted c
    group by 1, 2
)
select n.estate_id, n.place_id as zone_id, n.serviced::double precision / nullif(n.due - n.unknown, 0) as value,
       n.serviced as numerator, n.due - n.unknown as denominator, '1' as unit, coalesce(n.stood, 0) as dwell_s, n.least as least_s,
       n.under, n.unknown, n.waived
from zoned n
order by n.estate_id, n.place_id;
