-- Assets that ingest_move_state left: those not seen before, in another shift than before, or whose position came late
-- (newer event time wins); nobody whose shift has ended. In key order, so that no two workers deadlock.
-- A device that comes into a shift for any device gets the shift's label with a running number ("#" in the label marks
-- its place). Parameters: row numbers of stage_state (bigint[]), the new stamp of the tracks.
-- Columns: subject of each that was stored. Callers: ingest/store_move.c.
with won as materialized (
    select s.*, coalesce(h.label, s.label, '?') as name, coalesce(h.label_en, s.label, '?') as name_en,
           h.id is not null and h.device_hash is null as numbered
    from unnest($1::bigint[]) listed (row_no)
    join stage_state s on s.row_no = listed.row_no
    left join shift h on h.estate_id = s.estate_id and h.id = s.shift_id
    where h.ends_at is null or h.ends_at > now()
), fresh as materialized (
    select w.estate_id, w.shift_id, w.subject,
           row_number() over (partition by w.estate_id, w.shift_id order by w.t_event, w.subject)::integer as number
    from won w
    left join asset_state a on a.estate_id = w.estate_id and a.subject = w.subject
    where w.numbered and a.shift_id is distinct from w.shift_id
), taken as materialized (
    select a.estate_id, a.shift_id, max(a.shift_number) as number
    from asset_state a
    join (select distinct estate_id, shift_id from fresh) f on f.estate_id = a.estate_id and f.shift_id = a.shift_id
    group by a.estate_id, a.shift_id
), named as (
    select w.*, coalesce(t.number, 0) + f.number as number
    from won w
    left join fresh f on f.estate_id = w.estate_id and f.subject = w.subject
    left join taken t on t.estate_id = f.estate_id and t.shift_id = f.shift_id
)
insert into asset_state as a (estate_id, subject, subject_type, shift_id, shift_number, source_id, label, label_en,
                              t_event, t_recv, lon, lat, alt_m, acc_m, speed_mps, course_deg, battery, at_estate_id,
                              building_id, place_method, place_dist_m, flags, track, track_stamp)
select estate_id, subject, subject_type, shift_id, number, source_id,
       case when number is null then name
            when position('#' in name) > 0 then replace(name, '#', number::text)
            else name || number::text end,
       case when number is null then name_en
            when position('#' in name_en) > 0 then replace(name_en, '#', number::text)
            else name_en || ' ' || number::text end,
       t_event, t_recv, lon, lat, alt_m, acc_m, speed_mps, course_deg, battery, at_estate_id,
       building_id, place_method, place_dist_m, flags, track, $2::bigint
from named
order by estate_id, subject
on conflict (estate_id, subject) do update
set subject_type = excluded.subject_type, shift_id = excluded.shift_id, source_id = excluded.source_id,
    shift_number = case when a.shift_id is distinct from excluded.shift_id then excluded.shift_number
                        else a.shift_number end,
    label = case when a.shift_id is distinct from excluded.shift_id or a.shift_id is null then excluded.label
                 else a.label end,
    label_en = case when a.shift_id is distinct from excluded.shift_id or a.shift_id is null then excluded.label_en
                    else a.label_en end,
    t_event = excluded.t_event, t_recv = excluded.t_recv, lon = excluded.lon, lat = excluded.lat,
    alt_m = excluded.alt_m, acc_m = excluded.acc_m, speed_mps = excluded.speed_mps, course_deg = excluded.course_deg,
    battery = coalesce(excluded.battery, a.battery), at_estate_id = excluded.at_estate_id,
    building_id = excluded.building_id, place_method = excluded.place_method, place_dist_m = excluded.place_dist_m,
    flags = excluded.flags, track = excluded.track, track_stamp = excluded.track_stamp, stored_at = clock_timestamp()
where excluded.t_event > a.t_event
returning a.subject;
