-- Whoever received a notice answers: for all of its chain, of which nobody more is told. Parameters: estate_id, incident_id (null: of none),
-- step, since, contact_id, resolution_id (or null). Columns: nothing. Callers: incident/notice.c.
update notice n
set state = 'acknowledged', next_at = null, ack_by = null, acked_at = now(), acked_by = 'contact ' || $5::bigint
where n.estate_id = $1::bigint and n.resolution_id is not distinct from $6::bigint
  and (n.incident_id = $2::bigint or ($2::bigint is null and n.resolution_id = $6::bigint)) and n.step = $3::text and n.since = $4::timestamptz
  and n.recorded_at >= $4::timestamptz and n.state in ('pending', 'sent');
