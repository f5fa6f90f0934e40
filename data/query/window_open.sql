-- Opens windows of a duty: each span for each place that is valid when it begins. Those that are there stay.
-- Parameters: estate_id, duty's id, its version, place kind, grace in seconds, organisation's id or null, spans' begins and
-- ends (timestamptz[] each), places (bigint[]), since when and until when each is valid (timestamptz[] each, infinity).
-- Columns: nothing. Callers: duty/open.c.
insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at, organisation_id)
select $1::bigint, s.t_from, $2::bigint, p.id, $3::bigint, $4::text::duty_subject, s.t_to,
       s.t_to + $5::bigint * interval '1 second', $6::bigint
from unnest($7::timestamptz[], $8::timestamptz[]) s (t_from, t_to)
cross join unnest($9::bigint[], $10::timestamptz[], $11::timestamptz[]) p (id, valid_from, valid_to)
where p.valid_from <= s.t_from and p.valid_to > s.t_from
on conflict do nothing;
