-- Brings the buildings' states up to date: in each column the newer event time wins; of passes at the same moment the
-- greater type of subject, so that the order of arrival does not matter. In key order.
-- Columns: nothing. Callers: ingest/store_pass.c.
insert into building_state as b (estate_id, building_id, last_pass_at, last_pass_subject_type, last_event_at,
                                 last_alarm_at)
select estate_id, place_id, last_pass_at, last_pass_subject_type, last_event_at, last_alarm_at
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
    last_event_at = greatest(b.last_event_at, excluded.last_event_at),
    last_alarm_at = greatest(b.last_alarm_at, excluded.last_alarm_at)
where excluded.last_pass_at >= coalesce(b.last_pass_at, '-infinity')
   or excluded.last_event_at > coalesce(b.last_event_at, '-infinity')
   or excluded.last_alarm_at > coalesce(b.last_alarm_at, '-infinity');
