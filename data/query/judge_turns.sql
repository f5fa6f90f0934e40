-- The estates at which judge has something to do now, of those it looks after - with duties, shifts, positions that came
-- late, marks -: all that is to be known of the others is here, so that a quiet judge asks once a second and no more.
-- Parameters: now (null: by the database's clock), the horizon up to which windows are to be open less now in seconds.
-- Columns: estate's id, time zone, now, version of its places and devices, whether that has changed, whether its mark is
-- missing. Callers: duty/judge.c.
with clock as materialized (
    select t.now, date_trunc('hour', t.now + $2::bigint * interval '1 second', 'UTC') as horizon,
           (select version from place_version) as places
    from (select coalesce($1::timestamptz, clock_timestamp()) as now) t
), estates as materialized (
    select e.id, e.tz, c.now, c.horizon,
           c.places + case when exists (select from duty d where d.estate_id = e.id and d.subject_kind in ('camera', 'bin'))
                           then (select coalesce(sum(s.registry_version), 0)::bigint from source s where s.estate_id in (e.id, 0))
                           else 0 end as version
    from estate e
    cross join clock c
    where exists (select from duty d where d.estate_id = e.id)
       or exists (select from source o
                  where o.estate_id = e.id
                    and exists (select from shift s where s.estate_id = e.id and s.source_id = o.id
                                and s.ends_at > c.now - interval '2 days'))
       or exists (select from stretch s where s.estate_id = e.id)
       or exists (select from judge_again a where a.estate_id = e.id)
)
select e.id, e.tz, e.now, e.version, coalesce(m.place_version, 0) <> e.version, m.estate_id is null
from estates e
left join judge_mark m on m.estate_id = e.id
where m.estate_id is null or m.place_version <> e.version or m.due_at <= e.now or m.live_at <= e.now
   or m.tracked_to <= e.now - case when exists (select from source o where o.estate_id = e.id and o.removed_at is null)
                                   then interval '6 minutes' else interval '1 hour' end -- without a source nothing comes
   or exists (select from stretch s where s.estate_id = e.id)
   or exists (select from judge_again a where a.estate_id = e.id)
   or exists (select from duty d
              where d.estate_id = e.id and greatest(d.valid_from, case when d.opened_to = '-infinity' then e.now - interval '40 days' else d.opened_to end)
                  < least(e.horizon, d.valid_to))
   or exists (select from building_state b where b.estate_id = e.id and b.breach_at <= e.now and b.breached_at is null)
order by e.id;
