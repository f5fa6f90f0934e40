-- What was looked at and done, newest first, a page at a time. As hutong_auditor (data_scope_enter_audit).
-- Parameters: from, to, time and id of the page before's last row (both null: the first page), at most so many, of
-- these estates alone (bigint[]; acts are of none) or null.
-- Columns: id, first_at, estate_id, session, actor, action, purpose, layer, note. Callers: api (GET /api/audit).
select id, first_at, estate_id, session, actor, action, purpose, layer, note
from audit
where recorded_at >= date_trunc('hour', $1::timestamptz) and recorded_at < $2::timestamptz
  and first_at >= $1::timestamptz and first_at < $2::timestamptz
  and ($6::bigint[] is null or estate_id = any ($6::bigint[]))
  and ($3::timestamptz is null or (first_at, id) < ($3::timestamptz, $4::bigint))
order by first_at desc, id desc
limit $5::bigint;
