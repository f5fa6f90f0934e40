-- Stores the staged events, of which none is there yet: else it fails (SQLSTATE 23505), and ingest_store_event is asked.
-- Columns: nothing. Callers: ingest/store.c.
insert into event (estate_id, t_event, dedup, t_recv, t_gateway, t_source, source_id, device_id, subject, subject_type,
                   shift_id, kind, phase, severity, confidence, pos_source, lon, lat, alt_m, acc_m, place_method,
                   place_dist_m, building_id, building_estate_id, storey, station_id,
                   native_id, measures, flags, channel)
select estate_id, t_event, dedup, t_recv, t_gateway, t_source, source_id, device_id, subject, subject_type,
       shift_id, kind, phase, severity, confidence, pos_source, lon, lat, alt_m, acc_m, place_method,
       place_dist_m, building_id, building_estate_id, storey, station_id, native_id, measures, flags,
       nullif(channel, '')
from stage_event;
