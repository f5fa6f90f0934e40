-- Finds the check-ins in the time of the windows before judge. A check-in's place is the checkpoint whose tag it read, else
-- the one at which the reader hangs, and in any case the building it was placed in (or the checkpoint's). Doubts, none of
-- which is proof by itself:
--   far         its own position lies farther from the checkpoint than 30 m and its accuracy
--   two_places  the same tag was read within five minutes at positions more than 100 m apart: it was copied or carried
--   rapid       the same subject checked in elsewhere less than a minute before or after
--   speed       from the subject's check-in before, or to the one after, faster than 7 m/s (facts/rules.c) beyond 100 m
-- Parameters: estate_id; reads judging, fills visit. Columns: nothing. Callers: duty/decide.c.
with reach as materialized (
    select min(t_from) - interval '10 minutes' as t_from, max(t_to) + interval '10 minutes' as t_to
    from judging
    where proof in ('checkin', 'round')
), heard as materialized (
    select e.estate_id, e.t_event, e.dedup, coalesce(e.subject, e.dedup) as subject, e.subject_type, e.native_id, e.acc_m,
           coalesce(e.measures ? 'form', false) as form,
           case when e.pos_source is distinct from 'registered' then e.lon end as lon,
           case when e.pos_source is distinct from 'registered' then e.lat end as lat,
           coalesce(t.id, r.checkpoint_id) as checkpoint_id,
           case when e.building_estate_id = $1::bigint then e.building_id end as building_id
    from reach x
    join event e on (e.estate_id in ($1::bigint, 0) or e.building_estate_id = $1::bigint)
                and e.t_event >= x.t_from and e.t_event < x.t_to
    left join checkpoint t on t.estate_id = $1::bigint and t.tag = e.native_id and t.valid_from <= e.t_event
                          and (t.valid_to is null or t.valid_to > e.t_event)
    left join device r on r.estate_id = e.estate_id and r.id = coalesce(e.station_id, e.device_id)
    where e.kind = 'checkpoint' and e.phase <> 'end'
), placed as materialized (
    select h.*, c.id as point, st_x(c.geom) as c_lon, st_y(c.geom) as c_lat, coalesce(h.building_id, c.building_id) as house,
           coalesce(h.lon, st_x(c.geom)) as at_lon, coalesce(h.lat, st_y(c.geom)) as at_lat
    from heard h
    left join checkpoint c on c.estate_id = $1::bigint and c.id = h.checkpoint_id
    where c.id is not null or h.building_id is not null
), doubted as (
    select p.*,
           case
               when metres(p.lon, p.lat, p.c_lon, p.c_lat)
                    > 30 + coalesce(p.acc_m, 10) then 'far'
               when exists (select from placed o
                            where o.native_id = p.native_id and o.dedup <> p.dedup
                              and o.t_event between p.t_event - interval '5 minutes' and p.t_event + interval '5 minutes'
                              and metres(o.lon, o.lat, p.lon, p.lat) > 100)
                   then 'two_places'
               when exists (select from placed o
                            where o.subject = p.subject and o.dedup <> p.dedup
                              and (o.point is distinct from p.point or o.house is distinct from p.house)
                              and o.t_event > p.t_event - interval '1 minute' and o.t_event < p.t_event + interval '1 minute')
                   then 'rapid'
               when exists (select from placed o
                            cross join lateral (
                                select metres(o.at_lon, o.at_lat, p.at_lon, p.at_lat) as m,
                                       abs(extract(epoch from o.t_event - p.t_event)) as s
                            ) way
                            where o.subject = p.subject and o.dedup <> p.dedup
                              and o.t_event between p.t_event - interval '10 minutes' and p.t_event + interval '10 minutes'
                              and way.m > 100 and way.m > 7 * way.s)
                   then 'speed'
           end as doubt
    from placed p
)
insert into visit (estate_id, t_event, dedup, place_kind, place_id, subject, subject_type, form, doubt)
select d.estate_id, d.t_event, d.dedup, a.place_kind, a.place_id, d.subject, d.subject_type, d.form, d.doubt
from doubted d
cross join lateral (values ('checkpoint', d.point), ('building', d.house)) a (place_kind, place_id)
where a.place_id is not null;
