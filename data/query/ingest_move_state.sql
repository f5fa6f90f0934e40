-- Moves assets that are known, in the same shift as before and now seen at a later time: nearly all of them, cheaply. A
-- track that is not the one it was made from stays. What this leaves is for ingest_store_state and ingest_keep_state.
-- Parameters: the new stamp of the tracks. Columns: row number of each that moved. Callers: ingest/store_move.c.
update asset_state a
set t_event = s.t_event, t_recv = s.t_recv, lon = s.lon, lat = s.lat, alt_m = s.alt_m, acc_m = s.acc_m,
    speed_mps = s.speed_mps, course_deg = s.course_deg, battery = coalesce(s.battery, a.battery),
    at_estate_id = s.at_estate_id, building_id = s.building_id, place_method = s.place_method,
    place_dist_m = s.place_dist_m, flags = s.flags, track = s.track, track_stamp = $1::bigint,
    stored_at = clock_timestamp()
from stage_state s
where a.estate_id = s.estate_id and a.subject = s.subject and a.shift_id is not distinct from s.shift_id
  and a.t_event < s.t_event and (s.stamp is null or a.track_stamp = s.stamp)
returning s.row_no;
