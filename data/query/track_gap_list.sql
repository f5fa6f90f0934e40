-- Gaps of trackers as they stand: the newest row of each. Parameters: estate_id, subjects (uuid[]), from, to (of t_from).
-- Columns: subject, t_from, t_to, shift_id, cause, lon_from, lat_from, lon_to, lat_to, void. Callers: duty/track_gap.c.
select distinct on (subject, t_from) subject, t_from, t_to, shift_id, cause, lon_from, lat_from, lon_to, lat_to, void
from outage
where estate_id = $1::bigint and scope = 'tracker' and subject = any ($2::uuid[]) and t_from >= $3::timestamptz
  and t_from <= $4::timestamptz
order by subject, t_from, id desc;
