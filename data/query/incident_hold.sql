-- An incident before somebody's step, locked until COMMIT. Parameters: estate id, id, step, organisation id, shift id (each or
-- null), whom incidents are sent to of who asks (null: nobody). Columns: tag (its version), whether there is such a step at all,
-- whether it needs a note now, whether there is such an organisation, and such a shift of the estate that has not ended (true: none
-- is named), whether it was sent to who asks, and still is theirs; whether the step is of who carries out, and a list of those.
-- No row: there is no such incident. Callers: api (POST /api/incidents/.../steps).
select i.version::text, exists (select from incident_move m where m.step = $3::text and m.by <> 'platform'),
       coalesce((select m.note from incident_move m where m.procedure = i.procedure and m.state = i.state and m.step = $3::text), false),
       $4::bigint is null or exists (select from organisation o where o.id = $4::bigint),
       $5::bigint is null
       or exists (select from shift s where s.estate_id = i.estate_id and s.id = $5::bigint and s.ends_at > now()),
       exists (select from task_of($6::text) s where s.estate_id = i.estate_id and s.incident_id = i.id),
       exists (select from task_of($6::text) s where s.carries and s.estate_id = i.estate_id and s.incident_id = i.id),
       exists (select from incident_carry c where c.step = $3::text),
       (select string_agg(c.step, ', ' order by c.step) from incident_carry c)
from incident i
where i.estate_id = $1::bigint and i.id = $2::bigint
for update of i;
