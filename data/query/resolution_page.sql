-- Resolutions by their deadline, a page at a time. Parameters: estate id, meeting id, organisation id, incident id (each or null), state ('open',
-- 'done', 'dropped', 'all'), deadline, estate and id of the page before's last row (all null: the first page), at most so many.
-- Columns: estate_id, id, version, meeting_id, level, incident_id, organisation_id, organisation, organisation_en, text, state, outcome, made_at,
-- made_by, deadline, warned_at, overdue_at, ended_at, ended_by, drill (its incident is one), tag (its version).
-- Callers: api (GET /api/resolutions).
select t.estate_id, t.id, t.version, t.meeting_id, l.code, t.incident_id, t.organisation_id, o.name, o.name_en, t.text, t.state, t.outcome,
       t.made_at, t.made_by, t.deadline, t.warned_at, t.overdue_at, t.ended_at, t.ended_by, coalesce(i.drill, false), t.version::text
from resolution t
join incident_level l on l.rank = t.level
join organisation o on o.id = t.organisation_id
left join incident i on i.estate_id = t.estate_id and i.id = t.incident_id
where ($1::bigint is null or t.estate_id = $1::bigint) and ($2::bigint is null or t.meeting_id = $2::bigint)
  and ($3::bigint is null or t.organisation_id = $3::bigint) and ($4::bigint is null or t.incident_id = $4::bigint)
  and ($5::text = 'all' or t.state = $5::text)
  and ($6::timestamptz is null or (t.deadline, t.estate_id, t.id) > ($6::timestamptz, $7::bigint, $8::bigint))
order by t.deadline, t.estate_id, t.id
limit $9::bigint;
