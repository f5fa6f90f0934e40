-- What the measures (data/query/formula_*.sql) and judge's proofs of devices rest on, said once for both. Functions, because a
-- measure and the verdict beside it must never differ. Whoever changes one makes it anew in a migration of his own and raises
-- the version of every formula whose header names it ("Rests on"). Those that read facts are planned anew with their values each
-- time: with guesses in place of how many things and how much time is asked about, they took minutes where seconds do.

-- Of what of its device an event tells; null: of the device as a whole. Without it a recorder that stopped recording could
-- not be told from a camera that is gone.
alter table event add column channel text collate "C";
-- What was said of being there and of fill: rare beside all else, and looked for a month back.
create index event_said on event (estate_id, device_id, t_event)
    where kind = 'lifecycle' or measures ? 'online' or measures ? 'fill';

alter table device add column heartbeat_s integer check (heartbeat_s between 1 and 604800);
comment on column device.heartbeat_s is 'it says something at least that often; null: nobody has said so';

-- online_spans asks for it; it says which recorder tells of a camera.
grant select (format) on source to hutong_serve, hutong_district, hutong_planner, hutong_auditor;

-- Metres a degree of longitude and of latitude there (docs/formulas.md, Coordinates; geo/local.c).
create function metres_east(lat double precision) returns double precision language sql immutable parallel safe
return radians(6378137.0) * cos(radians(lat)) / sqrt(1 - 0.0066943799901413165 * sin(radians(lat)) ^ 2);
create function metres_north(lat double precision) returns double precision language sql immutable parallel safe
return radians(6378137.0) * (1 - 0.0066943799901413165) / (1 - 0.0066943799901413165 * sin(radians(lat)) ^ 2) ^ 1.5;
create function metres_between(lon_a double precision, lat_a double precision, lon_b double precision, lat_b double precision)
    returns double precision language sql immutable parallel safe
return sqrt(((lon_b - lon_a) * metres_east((lat_a + lat_b) / 2)) ^ 2 + ((lat_b - lat_a) * metres_north((lat_a + lat_b) / 2)) ^ 2);
-- A shape in metres around a point.
create function local_metres(shape geometry, lon double precision, lat double precision)
    returns geometry language sql immutable parallel safe
return st_setsrid(st_affine(shape, metres_east(lat), 0, 0, metres_north(lat), -lon * metres_east(lat), -lat * metres_north(lat)), 0);

create function seconds(span interval) returns double precision language sql immutable parallel safe
return extract(epoch from span)::double precision;
-- Of no spans (null, empty): 0.
create function seconds(spans tstzmultirange) returns double precision language sql immutable parallel safe
return (select coalesce(sum(extract(epoch from upper(s) - lower(s))), 0)::double precision from unnest(spans) s);

-- When evidence of sources may have been lost: the newest word on each outage.
create function source_away(estates bigint[], earliest timestamptz, latest timestamptz)
    returns table (estate_id bigint, source_id bigint, recorded_at timestamptz, id bigint, t_from timestamptz, t_to timestamptz)
    language sql stable parallel safe
begin atomic
    select o.estate_id, o.source_id, o.recorded_at, o.id, o.t_from, coalesce(o.t_to, 'infinity')
    from (
        select distinct on (a.estate_id, a.source_id, a.t_from) a.*
        from outage a
        where a.scope = 'source' and a.estate_id = any (estates) and a.t_from < latest
        order by a.estate_id, a.source_id, a.t_from, a.id desc
    ) o
    where not o.void and coalesce(o.t_to, 'infinity') > earliest and coalesce(o.t_to, 'infinity') > o.t_from;
end;

-- Who was where: passes (their newest version) and check-ins, each with its place.
-- A check-in's place: the checkpoint with that tag; else the one its reader hangs at; and the building it was placed in.
-- far: farther from the checkpoint than 30 m and its accuracy, so nobody believes it.
create function visits(estates bigint[], kinds text[], earliest timestamptz, latest timestamptz)
    returns table (estate_id bigint, place_kind text, place_id bigint, method text, subject uuid, subject_type subject_type,
                   t_from timestamptz, t_to timestamptz, nearest_m real, acc_m real, far boolean)
    language plpgsql stable parallel safe rows 100000 set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    select p.estate_id, p.place_kind, p.place_id, 'pass', p.subject, p.subject_type, p.t_event, p.t_to, p.nearest_m, p.acc_m,
           false
    from (
        select distinct on (x.estate_id, x.t_event, x.subject, x.place_kind, x.place_id) x.*
        from pass x
        where x.estate_id = any (estates) and x.place_kind = any (kinds) and x.t_event >= earliest - interval '1 day'
          and x.t_event < latest
        order by x.estate_id, x.t_event, x.subject, x.place_kind, x.place_id, x.version desc
    ) p
    where not p.void and p.t_to >= earliest
    union all
    select w.estate_id, w.place_kind, w.place_id, 'checkin', e.subject, e.subject_type, e.t_event, e.t_event, 0, e.acc_m,
           coalesce(w.lon is not null and e.lon is not null
                    and metres_between(e.lon, e.lat, w.lon, w.lat) > 30 + coalesce(e.acc_m, 0), false)
    from event e
    cross join lateral (
        (select c.estate_id, 'checkpoint' as place_kind, c.id as place_id, st_x(c.geom) as lon, st_y(c.geom) as lat
         from checkpoint c
         left join device r on r.estate_id = e.estate_id and r.id = coalesce(e.station_id, e.device_id)
                               and r.checkpoint_id = c.id and coalesce(r.building_estate_id, r.estate_id) = c.estate_id
         where c.estate_id = any (estates) and c.valid_from <= e.t_event and (c.valid_to is null or c.valid_to > e.t_event)
           and ((c.tag = e.native_id and e.estate_id in (c.estate_id, 0)) or r.id is not null)
         order by (c.tag is not distinct from e.native_id and c.tag is not null) desc, c.id
         limit 1)
        union all
        select e.building_estate_id, 'building', e.building_id, null, null
        where e.building_id is not null and e.building_estate_id = any (estates)
    ) w
    where e.kind = 'checkpoint' and w.place_kind = any (kinds) and e.estate_id = any (estates || 0::bigint) and e.t_event >= earliest and e.t_event < latest;
end
$$;

-- When devices were online, offline, or nobody knows. One row for each of the asked (estate, device, from, to), by number.
-- Said: a lifecycle of the device as a whole (start: on; end: off), a state `online` (1, 0). Off lasts until on is said. On
-- lasts while something is heard of the device: each message tells for heartbeat_s, for `silence` where the device has none;
-- where it has none, the state and `start` also last until something else is said, as with a broker's will - but not a start
-- that updates follow: whoever repeats himself is heard, or is not there. Who is
-- off while the recorder that tells of him is off (Frigate) is offline. What an outage of the source hides is unknown; nothing
-- is hidden between two messages no farther apart than the device's heartbeat.
create function online_spans(estates bigint[], devices bigint[], froms timestamptz[], tos timestamptz[],
                             earliest timestamptz, latest timestamptz, silence interval)
    returns table (n bigint, online tstzmultirange, offline tstzmultirange, unknown tstzmultirange, hidden tstzmultirange)
    language plpgsql stable parallel safe rows 1000 set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    with asked as materialized (
        select a.n, a.estate_id, a.device_id, a.t_from, a.t_to, d.source_id, d.heartbeat_s, r.id as recorder_id
        from unnest(estates, devices, froms, tos) with ordinality a (estate_id, device_id, t_from, t_to, n)
        join device d on d.estate_id = a.estate_id and d.id = a.device_id
        left join source s on s.id = d.source_id and s.format = 'frigate'
        left join device r on r.estate_id = d.estate_id and r.source_id = s.id and r.valid_to is null and r.id <> d.id
            and r.native_id = case when strpos(d.native_id, '/') > 0 then regexp_replace(d.native_id, '/[^/]*$', '') else 'frigate' end
    ), thing as materialized (
        select distinct a.estate_id, a.device_id, coalesce(a.heartbeat_s * interval '1 second', silence) as beat, a.heartbeat_s
        from asked a
    ), said as (
        select e.estate_id, e.device_id, e.t_event,
               bool_and(case when e.measures ? 'online' then (e.measures -> 'online' ->> 'value')::double precision >= 0.5
                             else e.phase <> 'end' end) as yes,
               bool_or(e.measures ? 'online') as stays
        from (select t.estate_id, t.device_id from thing t
              union select a.estate_id, a.recorder_id from asked a where a.recorder_id is not null) y
        join event e on e.estate_id = y.estate_id and e.device_id = y.device_id
        where e.t_event >= earliest - interval '31 days' and e.t_event < latest
          and (e.kind = 'lifecycle' or e.measures ? 'online')
          and (e.measures ? 'online' or (e.channel is null and e.phase in ('start', 'end')))
        group by 1, 2, 3
    ), told as materialized (
        select s.estate_id, s.device_id, range_agg(tstzrange(s.t_event, s.t_next)) filter (where not s.yes) as no,
               range_agg(tstzrange(s.t_event, s.t_next)) filter (where s.yes and (s.stays or not exists (
                   select 1 from event u
                   where u.estate_id = s.estate_id and u.device_id = s.device_id and u.kind = 'lifecycle' and u.phase = 'update'
                     and u.channel is null and u.t_event > s.t_event and u.t_event < coalesce(s.t_next, latest)))) as yes
        from (select x.*, lead(x.t_event) over (partition by x.estate_id, x.device_id order by x.t_event) as t_next from said x) s
        group by 1, 2
    ), heard as materialized ( -- arrays, so that few rows are joined, whatever the planner thinks of them
        select m.estate_id, m.device_id, array_agg(m.t_event order by m.t_event) as times
        from (select e.estate_id, coalesce(e.station_id, e.device_id) as device_id, e.t_event
              from event e
              where e.estate_id = any (estates) and coalesce(e.station_id, e.device_id) = any (devices) and e.t_event < latest
                and e.t_event >= earliest - greatest(silence, (select max(b.beat) from thing b))) m
        group by 1, 2
    ), lives as materialized (
        select t.estate_id, t.device_id, l.near, l.dense
        from thing t
        join heard h on h.estate_id = t.estate_id and h.device_id = t.device_id
        cross join lateral (
            select range_agg(tstzrange(u.t, u.t + t.beat)) as near,
                   range_agg(tstzrange(u.t, u.t_next)) filter (where u.t_next - u.t <= t.heartbeat_s * interval '1 second') as dense
            from (select x as t, lead(x) over (order by x) as t_next from unnest(h.times) x) u
        ) l
    ), away as materialized (
        select o.source_id, range_agg(tstzrange(o.t_from, o.t_to)) as spans from source_away(estates, earliest, latest) o group by 1
    ), put as (
        select a.n, tstzmultirange(tstzrange(a.t_from, a.t_to)) as whole,
               coalesce(w.spans, '{}') - coalesce(h.dense, '{}') as away,
               coalesce(o.no, '{}') + coalesce(r.no, '{}') as no,
               coalesce(h.near, '{}') + case when a.heartbeat_s is null then coalesce(o.yes, '{}') else '{}' end as yes
        from asked a
        left join told o on o.estate_id = a.estate_id and o.device_id = a.device_id
        left join told r on r.estate_id = a.estate_id and r.device_id = a.recorder_id
        left join lives h on h.estate_id = a.estate_id and h.device_id = a.device_id
        left join away w on w.source_id = a.source_id
    )
    select p.n, p.whole * (p.yes - p.no - p.away), p.whole * (p.no - p.away),
           p.whole - ((p.yes + p.no) - p.away), p.whole * p.away
    from put p;
end
$$;

-- When bins were full (fill >= threshold), when not, or nobody knows. Rows as of online_spans. A reading tells until the next,
-- for `silence` at most; of one moment the fullest counts. What the broker had only kept and nobody has dated tells nothing.
create function fill_spans(estates bigint[], devices bigint[], froms timestamptz[], tos timestamptz[], thresholds real[],
                           earliest timestamptz, latest timestamptz, silence interval)
    returns table (n bigint, full_ tstzmultirange, below tstzmultirange, unknown tstzmultirange, hidden tstzmultirange)
    language plpgsql stable parallel safe rows 1000 set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    with asked as materialized (
        select a.n, a.estate_id, a.device_id, a.t_from, a.t_to, a.threshold, d.source_id, d.heartbeat_s
        from unnest(estates, devices, froms, tos, thresholds) with ordinality a (estate_id, device_id, t_from, t_to, threshold, n)
        join device d on d.estate_id = a.estate_id and d.id = a.device_id
    ), reading as (
        select e.estate_id, e.device_id, e.t_event, max((e.measures -> 'fill' ->> 'value')::double precision) as fill
        from (select distinct a.estate_id, a.device_id from asked a) t
        join event e on e.estate_id = t.estate_id and e.device_id = t.device_id
        where e.measures ? 'fill' and e.t_event >= earliest - silence and e.t_event < latest
          and not ((e.flags & 2) <> 0 and e.t_source = 'received')
        group by 1, 2, 3
    ), readings as materialized ( -- arrays, as above
        select r.estate_id, r.device_id, array_agg(r.t_event order by r.t_event) as times, array_agg(r.fill order by r.t_event) as fills
        from reading r
        group by 1, 2
    ), known as materialized (
        select a.n, k.full_, k.below, k.dense
        from asked a
        join readings r on r.estate_id = a.estate_id and r.device_id = a.device_id
        cross join lateral (
            select range_agg(s.span) filter (where s.fill >= a.threshold) as full_,
                   range_agg(s.span) filter (where s.fill < a.threshold) as below,
                   range_agg(tstzrange(s.t, s.t_next)) filter (where s.t_next - s.t <= a.heartbeat_s * interval '1 second') as dense
            from (select u.t, u.t_next, u.fill, tstzrange(u.t, least(u.t_next, u.t + silence)) as span
                  from (select x.t, x.fill, lead(x.t) over (order by x.t) as t_next from unnest(r.times, r.fills) x (t, fill)) u) s
            where s.span && tstzrange(a.t_from, a.t_to)
        ) k
    ), away as materialized (
        select o.source_id, range_agg(tstzrange(o.t_from, o.t_to)) as spans from source_away(estates, earliest, latest) o group by 1
    ), put as (
        select a.n, tstzmultirange(tstzrange(a.t_from, a.t_to)) as whole, coalesce(k.full_, '{}') as full_,
               coalesce(k.below, '{}') as below, coalesce(w.spans, '{}') - coalesce(k.dense, '{}') as away
        from asked a
        left join known k on k.n = a.n
        left join away w on w.source_id = a.source_id
    )
    select p.n, p.whole * (p.full_ - p.away), p.whole * (p.below - p.away), p.whole - ((p.full_ + p.below) - p.away),
           p.whole * p.away
    from put p;
end
$$;
