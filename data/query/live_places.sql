-- What duties say of buildings now: until when the window lasts that is open or comes next, the shortest interval in force
-- and for whom, the last verdict - at one moment the worst of several. Where no window is open or comes, nothing is owed any more;
-- the last verdict stays. It is too long from
-- the last pass by one of duty_types plus the interval, as ingest has it; where windows of that interval begin - at 22:00, say -
-- from their beginning, if that is later. A building that was never passed counts from when it was first seen to be owed a pass.
-- Parameters: estate_id, now, duties' ids (bigint[]), how long the interval of each is now in seconds (bigint[]; 0: none).
-- Columns: nothing. Callers: duty/live.c.
with every as materialized (
    select id, seconds * interval '1 second' as interval
    from unnest($3::bigint[], $4::bigint[]) e (id, seconds)
    where seconds > 0
), ahead as materialized (
    select w.place_id, w.duty_id, w.t_from, w.t_to, d.subject_types
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version and d.proof = 'pass'
    where w.estate_id = $1::bigint and w.place_kind = 'building' and w.t_from > $2::timestamptz - interval '32 days'
      and w.t_from < $2::timestamptz + interval '36 hours' and w.t_to > $2::timestamptz
), outlook as materialized (
    select a.place_id, min(a.t_to) as due_at,
           min(e.interval) as every,
           min(a.t_from) filter (where e.id is not null) as since
    from ahead a
    left join every e on e.id = a.duty_id and a.t_from <= $2::timestamptz
    group by a.place_id
), force as materialized (
    select distinct on (a.place_id) a.place_id, a.subject_types as types,
           case when not exists (select from duty_window p
                                 where p.estate_id = $1::bigint and p.duty_id = a.duty_id and p.place_id = a.place_id
                                   and p.t_from >= a.t_from - e.interval and p.t_from < a.t_from and p.t_to = a.t_from)
                then a.t_from end as begins
    from ahead a
    join every e on e.id = a.duty_id
    where a.t_from <= $2::timestamptz
    order by a.place_id, e.interval, a.duty_id
), held as materialized (
    select b.building_id, b.due_at, b.duty_every, b.verdict_at
    from building_state b where b.estate_id = $1::bigint order by b.building_id for update
), place as (
    select place_id from outlook
    union
    select building_id from held where due_at is not null or duty_every is not null or verdict_at is not null
), told as materialized (
    select p.place_id, o.due_at, o.every, f.types, f.begins, o.since, v.verdict, v.t_to as verdict_at
    from place p
    left join outlook o on o.place_id = p.place_id
    left join force f on f.place_id = p.place_id
    left join lateral (
        select w.verdict, w.t_to
        from duty_window w
        where w.estate_id = $1::bigint and w.place_kind = 'building' and w.place_id = p.place_id and w.verdict is not null
          and w.t_from > $2::timestamptz - interval '3 days' and w.t_from <= $2::timestamptz
        order by w.t_to desc, array_position('{missed,unknown,met,waived}'::verdict_kind[], w.verdict)
        limit 1
    ) v on true
)
insert into building_state as b (estate_id, building_id, duty_every, duty_types, breach_at, due_at, verdict, verdict_at)
select $1::bigint, t.place_id, t.every, t.types,
       coalesce(greatest(last_pass_by(t.types, s.last_guard_at, s.last_cleaner_at, s.last_vehicle_at, s.last_fleet_at, s.last_unit_at),
                         t.begins, case when s.duty_every = t.every and s.duty_types = t.types then s.breach_at - t.every end),
                s.breach_at - t.every, t.since) + t.every,
       t.due_at, coalesce(t.verdict, s.verdict), coalesce(t.verdict_at, s.verdict_at)
from told t
left join building_state s on s.estate_id = $1::bigint and s.building_id = t.place_id
where (select count(*) from held) >= 0 -- all rows locked, in order, before any is written: as ingest does
order by t.place_id
on conflict (estate_id, building_id) do update -- a pass that was stored meanwhile counts
set duty_every = excluded.duty_every, duty_types = excluded.duty_types, due_at = excluded.due_at, verdict = excluded.verdict,
    verdict_at = excluded.verdict_at,
    breach_at = greatest(excluded.breach_at, last_pass_by(excluded.duty_types, b.last_guard_at, b.last_cleaner_at, b.last_vehicle_at,
                                                 b.last_fleet_at, b.last_unit_at) + excluded.duty_every),
    breached_at = case when greatest(excluded.breach_at, last_pass_by(excluded.duty_types, b.last_guard_at, b.last_cleaner_at, b.last_vehicle_at,
                                                 b.last_fleet_at, b.last_unit_at) + excluded.duty_every) <= $2::timestamptz then b.breached_at end
where (b.duty_every, b.duty_types, b.due_at, b.verdict, b.verdict_at, b.breach_at)
      is distinct from (excluded.duty_every, excluded.duty_types, excluded.due_at, excluded.verdict, excluded.verdict_at,
                        excluded.breach_at);
