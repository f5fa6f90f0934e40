-- Another shift of the same device at the same time. Parameters: estate, source, the device's hashes (uuid[], of the months
-- in which such a shift may have begun; null: shifts of any device), starts_at, ends_at, id of the shift itself.
-- Columns: label, starts_at, ends_at of the first. Callers: cli import shifts.
select label, starts_at, ends_at
from shift
where estate_id = $1::bigint and source_id = $2::bigint and id <> $6::bigint
  and (device_hash = any ($3::uuid[]) or $3::uuid[] is null and device_hash is null)
  and starts_at < $5::timestamptz and ends_at > $4::timestamptz
order by starts_at
limit 1;
