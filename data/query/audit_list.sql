-- What was looked at and done, newest first. As hutong_auditor (data_scope_enter_audit).
-- Parameters: from, to, of this estate alone or null, of this actor alone or null, at most so many.
-- Columns: first_at, estate_id, session, actor, action, purpose, layer, note. Callers: api (GET /api/audit).
select first_at, estate_id, session, actor, action, purpose, layer, note
from audit
where recorded_at >= date_trunc('hour', $1::timestamptz) and recorded_at < $2::timestamptz
  and first_at >= $1::timestamptz and first_at < $2::timestamptz
  and ($3::bigint is null or estate_id = $3::bigint) and ($4::text is null or actor = $4::text)
order by first_at desc, id desc
limit $5::bigint;
