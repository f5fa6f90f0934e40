-- An incident before somebody's step, locked until COMMIT. Parameters: estate id, id, step, organisation id, shift id (each or
-- null). Columns: tag (its version), whether there is such a step at all, whether it needs a note now, whether there is such
-- an organisation, and such a shift of the estate that has not ended (true: none is named). No row: there is no such incident.
-- Callers: api (POST /api/incidents/.../steps).
select i.version::text, exists (select from incident_move m where m.step = $3::text and m.by <> 'platform'),
       coalesce((select m.note from incident_move m where m.state = i.state and m.step = $3::text), false),
       $4::bigint is null or exists (select from organisation o where o.id = $4::bigint),
       $5::bigint is null
       or exists (select from shift s where s.estate_id = i.estate_id and s.id = $5::bigint and s.ends_at > now())
from incident i
where i.estate_id = $1::bigint and i.id = $2::bigint
for update of i;
