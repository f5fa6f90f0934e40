-- What a batch says of places - buildings and zones -, a row a place, on its way in. Once a connection.
-- Callers: ingest/store.c.
create temp table if not exists stage_place_state on commit delete rows as
select null::text as place_kind, estate_id, building_id as place_id, last_pass_at, last_pass_subject_type,
       last_guard_at, last_cleaner_at, last_vehicle_at, last_fleet_at, last_unit_at, last_event_at, last_alarm_at
from hutong.building_state
with no data;
