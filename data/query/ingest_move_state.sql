-- Moves assets that are known, in the same shift as before and now seen at a later time: nearly all of them, cheaply. A
-- track that is not the one it was made from stays. What this leaves is for ingest_store_state and ingest_keep_state.
-- Parameters: row numbers of stage_fix (bigint[]), each with the stamp that the asset's row bore when its track was read
-- (-2: it makes none), and where its new track is in the bytes that follow, from 1 on, and how long (bigint[] each); all
-- tracks, end to end; their stamp. Columns: row number of each that moved. Callers: ingest/store_move.c.
update asset_state a
set t_event = s.t_event, t_recv = s.t_recv, lon = s.lon, lat = s.lat, alt_m = s.alt_m, acc_m = s.acc_m,
    speed_mps = s.speed_mps, course_deg = s.course_deg, battery = coalesce(s.battery, a.battery),
    at_estate_id = s.at_estate_id, building_id = s.building_id, place_method = s.place_method,
    place_dist_m = s.place_dist_m, flags = s.flags,
    track = case when w.track_len > 0 then substring($5::bytea from w.track_at::integer for w.track_len::integer) end,
    track_stamp = $6::bigint, stored_at = clock_timestamp()
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) w (row_no, stamp, track_at, track_len)
join stage_fix s on s.row_no = w.row_no
where a.estate_id = s.estate_id and a.subject = s.subject and a.shift_id is not distinct from s.shift_id
  and a.t_event < s.t_event and (w.stamp = -2 or a.track_stamp = w.stamp)
returning s.row_no;
