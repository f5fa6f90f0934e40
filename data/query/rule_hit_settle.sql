-- Judge has done with a hit; or one that held has raised. Parameters: estate_id, t_event, rule_id, dedup, outcome, incident_id
-- (null: none), now. Columns: nothing. Callers: incident/rule_hit.c.
update rule_hit
set settled_at = $7::timestamptz, outcome = $5::text, incident_id = coalesce($6::bigint, incident_id)
where estate_id = $1::bigint and t_event = $2::timestamptz and rule_id = $3::bigint and dedup = $4::uuid;
