-- Stores the staged positions, of which none is there yet: else it fails (SQLSTATE 23505), and ingest_store_fix is asked.
-- Columns: nothing. Callers: ingest/store.c.
insert into fix (estate_id, t_event, dedup, t_recv, t_gateway, t_source, source_id, device_id, subject, subject_type,
                 shift_id, pos_source, lon, lat, alt_m, acc_m, speed_mps, course_deg, battery, place_method,
                 place_dist_m, building_id, building_estate_id, flags)
select estate_id, t_event, dedup, t_recv, t_gateway, t_source, source_id, device_id, subject, subject_type,
       shift_id, pos_source, lon, lat, alt_m, acc_m, speed_mps, course_deg, battery, place_method,
       place_dist_m, building_id, building_estate_id, flags
from stage_fix;
