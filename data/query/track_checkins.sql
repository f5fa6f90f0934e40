-- Check-ins of some subjects whose building is known. Parameters: estate_id, from, to (excluded), subjects (uuid[]).
-- Columns: subject, t_event, shift_id, building_id, its estate_id, type as in track_read; by subject and time. Callers: duty/track_derive.c.
select subject, t_event, shift_id, building_id, coalesce(building_estate_id, estate_id),
       (case subject_type when 'guard' then 1 when 'cleaner' then 2 when 'vehicle' then 3 when 'fleet' then 4 else 9 end)::smallint
from event
where estate_id = $1::bigint and t_event >= $2::timestamptz and t_event < $3::timestamptz and subject = any ($4::uuid[])
  and kind = 'checkpoint' and building_id is not null and place_method in ('inside', 'registered')
  and subject_type in ('guard', 'cleaner', 'vehicle', 'fleet', 'unit')
order by subject, t_event, dedup;
