-- An incident that is to get a photo, locked until COMMIT. Parameters: estate id, incident id, hash. Columns: how many it has,
-- whether this one is among them. No row: there is no such incident. Callers: api/photo_add.c.
select (select count(*) from photo p where p.estate_id = i.estate_id and p.incident_id = i.id),
       exists (select from photo p where p.estate_id = i.estate_id and p.incident_id = i.id and p.hash = $3::bytea)
from incident i
where i.estate_id = $1::bigint and i.id = $2::bigint
for update of i;
