-- One waiver. Parameters: estate id, id. Columns: as waiver_page, row_tag. No row: there is none.
-- Callers: api (/api/waivers/...).
select estate_id, id, recorded_at, t_from, t_to, duty_id, place_kind::text as place_kind, place_id, reason, approver, revoked_at,
       revoked_by, row_tag(revoked_at::text, revoked_by)
from waiver
where estate_id = $1::bigint and id = $2::bigint;
