-- Opens windows of a duty: each span for each place that is valid when it begins. Those that are there stay.
-- Parameters: estate_id, duty's id, its version, place kind, grace in seconds, organisation's id or null, spans' begins and
-- ends (timestamptz[] each), places (bigint[]), since when and until when each is valid (timestamptz[] each, infinity).
-- Then how far its windows were open when its spans were found: whoever has set that back meanwhile wants other spans, and
-- nothing is opened. A version that was closed meanwhile gets none beyond its end. Whoever does either waits.
-- Columns: when the first that was opened begins and when the last ends, null when none was. Callers: duty/open.c.
with version as materialized (
    select coalesce(d.valid_to, 'infinity') as valid_to
    from duty d
    where d.estate_id = $1::bigint and d.id = $2::bigint and d.version = $3::bigint and d.opened_to = $12::timestamptz
    for share
), opened as (
    insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at, organisation_id)
    select $1::bigint, s.t_from, $2::bigint, p.id, $3::bigint, $4::text::duty_subject, s.t_to,
           s.t_to + $5::bigint * interval '1 second', $6::bigint
    from unnest($7::timestamptz[], $8::timestamptz[]) s (t_from, t_to)
    cross join unnest($9::bigint[], $10::timestamptz[], $11::timestamptz[]) p (id, valid_from, valid_to)
    cross join version v
    where p.valid_from <= s.t_from and p.valid_to > s.t_from and s.t_from < v.valid_to
    on conflict do nothing
    returning t_from, t_to, due_at
), look as (
    update judge_mark m
    set due_at = o.due_at
    from (select min(due_at) as due_at from opened) o
    where m.estate_id = $1::bigint and m.due_at > o.due_at
)
select min(t_from), max(t_to) from opened;
