-- Windows that ask for an area were opened after their tracks had been read, and judge keeps of a track only what windows ask
-- for: so those tracks are read once more. Tracks of the estate itself and those of the whole district (estate 0).
-- Parameters: estate_id, duty's id, its version, from, to: the windows that were opened. Columns: nothing. Callers: duty/open.c.
with read as (
    select f.estate_id, f.subject, f.t_event
    from judge_mark m
    join fix f on f.estate_id = m.estate_id and f.t_event < m.tracked_to
    where m.estate_id in (0, $1::bigint) and f.t_event >= $4::timestamptz and f.t_event < $5::timestamptz and f.subject is not null
      and f.subject_type = any ((select d.subject_types from duty d
                                 where d.estate_id = $1::bigint and d.id = $2::bigint and d.version = $3::bigint)::subject_type[])
)
insert into stretch as s (estate_id, subject, t_from, t_to)
select r.estate_id, r.subject, min(r.t_event), max(r.t_event)
from read r
group by r.estate_id, r.subject
order by r.estate_id, r.subject
on conflict (estate_id, subject) do update
set t_from = least(s.t_from, excluded.t_from), t_to = greatest(s.t_to, excluded.t_to), marked_at = clock_timestamp();
