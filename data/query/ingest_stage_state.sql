-- What a batch makes of its subjects on its way in: the newest position (null: only checked in) and the track. row_no is
-- the subject's number in the batch, label that of a thing, stamp the one that its row bore when the track was read (-1:
-- there was none; null: makes no track). Once a connection. Callers: ingest/store_move.c.
create temp table if not exists stage_state on commit delete rows as
select 0 as row_no, estate_id, subject, subject_type, shift_id, source_id, label, t_event, t_recv, lon, lat, alt_m,
       acc_m, speed_mps, course_deg, battery, at_estate_id, building_id, place_method, place_dist_m, flags, track,
       track_stamp as stamp
from hutong.asset_state
with no data;
