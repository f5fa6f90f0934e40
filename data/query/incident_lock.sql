-- An incident before a step, locked until COMMIT, and so is the other one.
-- Parameters: estate_id, id, step, another incident's id (null: none).
-- Columns: version, state, level is the highest, touched, somebody is to act, the other one is open and of the same procedure; of the
-- step at that state: whether it may be taken, whether it needs a note, by whom; what may be taken by people there, as a list;
-- procedure, category, severity. No row: there is no such incident. Callers: incident/act.c.
with other as materialized (
    select o.closed_at is null as open, o.procedure
    from incident o
    where o.estate_id = $1::bigint and o.id = $4::bigint and o.id <> $2::bigint
    for update
)
select i.version, i.state::text, i.level = (select max(rank) from incident_level) as highest, i.touched,
       i.organisation_id is not null as sent, coalesce((select o.open and o.procedure = i.procedure from other o), false) as other,
       m.step is not null as may, coalesce(m.note, false) as note, m.by,
       (select string_agg(o.step, ', ' order by o.step)
        from incident_move o
        where o.procedure = i.procedure and o.state = i.state and o.by <> 'platform') as others,
       i.procedure, i.category, i.severity::text
from incident i
left join incident_move m on m.procedure = i.procedure and m.state = i.state and m.step = $3::text
where i.estate_id = $1::bigint and i.id = $2::bigint
for update of i;
