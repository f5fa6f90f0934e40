-- Marks what must be derived again: a row a subject, widened. marked_at moves each time, so that who derives can tell
-- whether a stretch was marked once more meanwhile. In key order.
-- Parameters: estate_id, subjects (uuid[]), from (timestamptz[]), to (timestamptz[]).
-- Columns: nothing. Callers: ingest/store_pass.c.
insert into stretch as s (estate_id, subject, t_from, t_to)
select $1::bigint, m.subject, m.t_from, m.t_to
from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) m (subject, t_from, t_to)
order by m.subject
on conflict (estate_id, subject) do update
set t_from = least(s.t_from, excluded.t_from), t_to = greatest(s.t_to, excluded.t_to), marked_at = clock_timestamp();
