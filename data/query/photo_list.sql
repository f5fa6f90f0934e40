-- An incident's photos that are still kept, in order. Parameters: estate id, incident id, how long they are kept after it closed
-- (seconds). Columns: estate_id, incident_id, hash (hex), kind, width, height, bytes, at, taken_at (or null),
-- expires_at (null while it is open).
-- Callers: api (/api/incidents/...).
select p.estate_id, p.incident_id, encode(p.hash, 'hex'), p.kind, p.width, p.height, p.bytes, p.at, p.taken_at,
       i.closed_at + make_interval(secs => $3::bigint)
from photo p
join incident i on i.estate_id = p.estate_id and i.id = p.incident_id
where p.estate_id = $1::bigint and p.incident_id = $2::bigint
  and (i.closed_at is null or i.closed_at + make_interval(secs => $3::bigint) > now())
order by p.at, p.hash;
