-- Is the incident the caller's to carry out now? Parameters: estate id, incident id, whom incidents are sent to of who asks (null:
-- nobody). Columns: whether. Callers: api (photos, contacts).
select exists (select from task_of($3::text) s where s.carries and s.estate_id = $1::bigint and s.incident_id = $2::bigint);
