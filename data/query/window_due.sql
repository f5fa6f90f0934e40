-- Duties whose windows are not open up to the horizon, and the estate's outlook on its places.
-- Parameters: estate_id, horizon, whether places have changed (0, 1: then windows that have not begun are looked at anew),
-- now. Columns: id, version, schedule, days, calendar id or null, subject kind, subject id or null, filter or null,
-- from (windows that begin at or after it are missing), to, grace in seconds, organisation's id or null, opened_to.
-- Callers: duty/open.c.
select id, version, schedule, days, calendar_id, subject_kind::text, subject_id, subject_filter,
       case when $3::bigint = 1 then greatest(valid_from, least(opened_to, $4::timestamptz)) else greatest(valid_from, opened_to) end,
       least($2::timestamptz, valid_to), grace_s, organisation_id, opened_to
from duty
where estate_id = $1::bigint
  and (case when $3::bigint = 1 then greatest(valid_from, least(opened_to, $4::timestamptz)) else greatest(valid_from, opened_to) end)
      < least($2::timestamptz, valid_to)
order by id, version;
