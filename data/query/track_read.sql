-- Positions of a slice of time of those who make tracks. Parameters: estate_id, from, to (excluded).
-- Columns: subject, t_event, dedup, lon, lat, acc_m, shift_id, type as sensors/sensors.h counts them and 16 when it was
-- dated by its receipt. In no order. Callers: duty/track_slice.c (by COPY).
select subject, t_event, dedup, lon, lat, acc_m, shift_id,
       (case subject_type when 'guard' then 1 when 'cleaner' then 2 when 'vehicle' then 3 when 'fleet' then 4 else 9 end
        + case t_source when 'received' then 16 else 0 end)::smallint as kind
from fix
where estate_id = $1::bigint and t_event >= $2::timestamptz and t_event < $3::timestamptz and subject is not null
  and subject_type in ('guard', 'cleaner', 'vehicle', 'fleet', 'unit');
