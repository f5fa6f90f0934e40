-- Remembers subjects. Parameters: estate_id, until when their positions were read, subjects (uuid[]), states (bytea[]).
-- Columns: nothing. Callers: duty/track_slice.c.
insert into tracker_state (estate_id, subject, t_event, state)
select $1::bigint, s.subject, $2::timestamptz, s.state
from unnest($3::uuid[], $4::bytea[]) s (subject, state)
on conflict (estate_id, subject) do update set t_event = excluded.t_event, state = excluded.state;
