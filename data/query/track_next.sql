-- How far an estate's positions have been read, how far they can be, and when the next position is. Sources that have shifts
-- or whose subjects make tracks are waited for, but none of them for longer than a day.
-- Parameters: estate_id, now, seconds behind now (at least). Columns: tracked_to, limit, next (null: none before the limit).
-- Callers: duty/track_slice.c.
with waited as (
    select least($2::timestamptz - $3::bigint * interval '1 second',
                 greatest(coalesce(min(coalesce(t.dry_at, '-infinity')), 'infinity'), $2::timestamptz - interval '1 day')) as until
    from source s
    left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
    where s.estate_id = $1::bigint and s.removed_at is null
      and (s.subject_type in ('guard', 'cleaner', 'vehicle', 'fleet', 'unit')
           or exists (select from shift h where h.estate_id = s.estate_id and h.source_id = s.id))
), mark as (
    select coalesce((select m.tracked_to from judge_mark m where m.estate_id = $1::bigint), '-infinity') as tracked_to
)
select m.tracked_to, w.until as limit,
       (select f.t_event from fix f
        where f.estate_id = $1::bigint and f.t_event >= m.tracked_to and f.t_event < w.until
        order by f.t_event limit 1) as next
from mark m, waited w;
