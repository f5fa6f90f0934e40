-- An estate, and how much is open in its ledgers, how much of it is late. Parameters: estate id. Columns: name, name_en, open problems,
-- surveys, rectifications, overdue ones of each, as_of. No row: there is no such estate. Callers: api (/api/estates/.../plan).
select e.name, e.name_en, i.count, s.count, r.count, i.late, s.late, r.late, now()
from estate e
cross join lateral (
    select count(*), count(*) filter (where d.overdue) as late
    from incident x
    left join lateral incident_deadline(x.estate_id, x.id) d on true
    where x.estate_id = e.id and x.closed_at is null and not x.drill
) i
cross join lateral (
    select count(*), count(*) filter (where survey_overdue(x)) as late
    from survey x
    where x.estate_id = e.id and survey_state(x) = 'open'
) s
cross join lateral (
    select count(*), count(*) filter (where rectification_overdue(x)) as late
    from rectification x
    where x.estate_id = e.id and rectification_state(x) in ('due', 'done')
) r
where e.id = $1::bigint and e.valid_to is null;
