-- Brings the buildings' states up to date: in each column the newer event time wins; of passes at the same moment the
-- greater type of subject, so that the order of arrival does not matter. A newer pass by one of the types that the duty
-- asks for moves breach_at and ends the breach; any other leaves them alone. In key order.
-- Columns: nothing. Callers: ingest/store_place.c.
insert into building_state as b (estate_id, building_id, last_pass_at, last_pass_subject_type, last_guard_at,
                                 last_cleaner_at, last_vehicle_at, last_fleet_at, last_unit_at, last_event_at,
                                 last_alarm_at)
select estate_id, place_id, last_pass_at, last_pass_subject_type, last_guard_at, last_cleaner_at, last_vehicle_at,
       last_fleet_at, last_unit_at, last_event_at, last_alarm_at
from stage_place_state
where place_kind = 'building'
order by estate_id, place_id
on conflict (estate_id, building_id) do update
set last_pass_subject_type =
        case when excluded.last_pass_at = b.last_pass_at
             then greatest(excluded.last_pass_subject_type, b.last_pass_subject_type)
             when excluded.last_pass_at > coalesce(b.last_pass_at, '-infinity') then excluded.last_pass_subject_type
             else b.last_pass_subject_type end,
    last_pass_at = greatest(b.last_pass_at, excluded.last_pass_at),
    last_guard_at = greatest(b.last_guard_at, excluded.last_guard_at),
    last_cleaner_at = greatest(b.last_cleaner_at, excluded.last_cleaner_at),
    last_vehicle_at = greatest(b.last_vehicle_at, excluded.last_vehicle_at),
    last_fleet_at = greatest(b.last_fleet_at, excluded.last_fleet_at),
    last_unit_at = greatest(b.last_unit_at, excluded.last_unit_at),
    breach_at =
        case when last_pass_by(b.duty_types, excluded.last_guard_at, excluded.last_cleaner_at, excluded.last_vehicle_at,
                               excluded.last_fleet_at, excluded.last_unit_at)
                  > coalesce(last_pass_by(b.duty_types, b.last_guard_at, b.last_cleaner_at, b.last_vehicle_at,
                                          b.last_fleet_at, b.last_unit_at), '-infinity')
             then last_pass_by(b.duty_types, excluded.last_guard_at, excluded.last_cleaner_at, excluded.last_vehicle_at,
                               excluded.last_fleet_at, excluded.last_unit_at) + b.duty_every
             else b.breach_at end,
    breached_at =
        case when last_pass_by(b.duty_types, excluded.last_guard_at, excluded.last_cleaner_at, excluded.last_vehicle_at,
                               excluded.last_fleet_at, excluded.last_unit_at)
                  > coalesce(last_pass_by(b.duty_types, b.last_guard_at, b.last_cleaner_at, b.last_vehicle_at,
                                          b.last_fleet_at, b.last_unit_at), '-infinity')
             then null
             else b.breached_at end,
    last_event_at = greatest(b.last_event_at, excluded.last_event_at),
    last_alarm_at = greatest(b.last_alarm_at, excluded.last_alarm_at)
where excluded.last_guard_at > coalesce(b.last_guard_at, '-infinity')
   or excluded.last_cleaner_at > coalesce(b.last_cleaner_at, '-infinity')
   or excluded.last_vehicle_at > coalesce(b.last_vehicle_at, '-infinity')
   or excluded.last_fleet_at > coalesce(b.last_fleet_at, '-infinity')
   or excluded.last_unit_at > coalesce(b.last_unit_at, '-infinity')
   or excluded.last_event_at > coalesce(b.last_event_at, '-infinity')
   or excluded.last_alarm_at > coalesce(b.last_alarm_at, '-infinity');
