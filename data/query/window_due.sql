-- Duties whose windows are not open up to the horizon, and the estate's outlook on its places.
-- A duty that is said to be valid since long ago has windows of the last 40 days: what is older has no positions any more. Replay asks for older ones by opened_to.
-- Parameters: estate_id, horizon, whether places have changed (0, 1: then windows that have not begun are looked at anew),
-- now. Columns: id, version, schedule, days, calendar id or null, subject kind, subject id or null, filter or null,
-- from (windows that begin at or after it are missing), to, grace in seconds, organisation's id or null, opened_to,
-- proof.
-- Callers: duty/open.c.
with outlook as (
    select *, greatest(valid_from, case when opened_to = '-infinity' then $4::timestamptz - interval '40 days'
                                        when $3::bigint = 1 then least(opened_to, $4::timestamptz) else opened_to end) as missing,
           least($2::timestamptz, valid_to) as until
    from duty
    where estate_id = $1::bigint
)
select id, version, schedule, days, calendar_id, subject_kind::text, subject_id, subject_filter, missing, until, grace_s,
       organisation_id, opened_to, proof::text
from outlook
where missing < until
order by id, version;
