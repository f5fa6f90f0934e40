-- Positions of some subjects in a time. Parameters: estate_id, from, to (excluded), subjects (uuid[]).
-- Columns: as track_read. Callers: duty/track_derive.c.
select subject, t_event, dedup, lon, lat, acc_m, shift_id,
       (case subject_type when 'guard' then 1 when 'cleaner' then 2 when 'vehicle' then 3 when 'fleet' then 4 else 9 end
        + case t_source when 'received' then 16 else 0 end)::smallint as kind
from fix
where estate_id = $1::bigint and t_event >= $2::timestamptz and t_event < $3::timestamptz and subject = any ($4::uuid[])
  and subject_type in ('guard', 'cleaner', 'vehicle', 'fleet', 'unit');
