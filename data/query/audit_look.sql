-- Writes down that somebody looks: one row a session, layer, estate and hour; the first one counts.
-- Parameters: session (uuid), actor, purpose or null, layer, estates (bigint[]), the server's time: what it remembers of
-- an hour must be of the same hour. Callers: api (before the answer).
insert into audit (estate_id, recorded_at, first_at, session, actor, action, purpose, layer)
select distinct e, date_trunc('hour', $6::timestamptz), $6::timestamptz, $1::uuid, $2::text, 'look', $3::text, $4::text
from unnest($5::bigint[]) e
on conflict do nothing;
