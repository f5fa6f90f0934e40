-- Does an incident of the estate show that photo, and is it still kept? Parameters: estate id, hash, how long photos are kept after
-- the incident closed (seconds). Columns: estate_id; no row: none does. Callers: api (GET /api/photos/...).
select p.estate_id
from photo p
join incident i on i.estate_id = p.estate_id and i.id = p.incident_id
where p.estate_id = $1::bigint and p.hash = $2::bytea
  and (i.closed_at is null or i.closed_at + make_interval(secs => $3::bigint) > now())
limit 1;
