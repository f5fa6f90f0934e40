-- What was merged into an incident and is still. Parameters: estate id, incident id. Columns: id, category, title, reports (its own),
-- reported_at, merged_at. Callers: api (/api/incidents/...).
select id, category, title, reports, reported_at, closed_at
from incident
where estate_id = $1::bigint and merged_into = $2::bigint
order by id;
