-- Changes a resolution: done or dropped with what came of it, open again, or due at another time; then what was said of the time before
-- counts no more. Parameters: estate id, id, state, outcome or null, deadline (null: as it was), at, actor. Columns: id.
-- Callers: api (PUT /api/resolutions/...).
update resolution t
set version = t.version + 1, state = $3::text, outcome = case when $3::text <> 'open' then $4::text end,
    ended_at = case when $3::text <> 'open' then $6::timestamptz end, ended_by = case when $3::text <> 'open' then $7::text end,
    deadline = n.deadline,
    warn_at = case when n.moved then n.deadline - (n.deadline - $6::timestamptz) / 5 else t.warn_at end,
    warned_at = case when not n.moved then t.warned_at end, overdue_at = case when not n.moved then t.overdue_at end
from (select d.*, d.deadline is distinct from x.deadline as moved
      from resolution x
      cross join lateral (select coalesce($5::timestamptz, x.deadline) as deadline) d
      where x.estate_id = $1::bigint and x.id = $2::bigint) n
where t.estate_id = $1::bigint and t.id = $2::bigint
returning t.id;
