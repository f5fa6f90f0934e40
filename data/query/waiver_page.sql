-- Waivers that overlap a time, newest first, a page at a time. Parameters: estate id, duty id (each or null), from, to,
-- recorded_at and id of the page before's last row (both null: the first page), at most so many.
-- Columns: estate_id, id, recorded_at, t_from, t_to, duty_id, place_kind, place_id, reason, approver, revoked_at, revoked_by.
-- Callers: api (GET /api/waivers).
select estate_id, id, recorded_at, t_from, t_to, duty_id, place_kind::text as place_kind, place_id, reason, approver, revoked_at,
       revoked_by
from waiver
where t_from < $4::timestamptz and t_to > $3::timestamptz and ($1::bigint is null or estate_id = $1::bigint)
  and ($2::bigint is null or duty_id is null or duty_id = $2::bigint)
  and ($5::timestamptz is null or (recorded_at, id) < ($5::timestamptz, $6::bigint))
order by recorded_at desc, id desc
limit $7::bigint;
