-- An incident before a step, locked until COMMIT. Parameters: estate_id, id, step, another
-- incident's id (null: none). Columns: version, state, level is the highest, touched, somebody is to act, the other one is open; of the step at that state: whether it may be taken, whether it needs a
-- note, by whom; what may be taken by people there, as a list. No row: there is no such incident. Callers: incident/act.c.
select i.version, i.state::text, i.level = (select max(rank) from incident_level) as highest, i.touched,
       i.organisation_id is not null as sent,
       exists (select from incident o where o.estate_id = i.estate_id and o.id = $4::bigint and o.id <> i.id and o.closed_at is null)
           as other, m.step is not null as may,
       coalesce(m.note, false) as note, m.by,
       (select string_agg(o.step, ', ' order by o.step) from incident_move o where o.state = i.state and o.by <> 'platform') as others
from incident i
left join incident_move m on m.state = i.state and m.step = $3::text
where i.estate_id = $1::bigint and i.id = $2::bigint
for update of i;
