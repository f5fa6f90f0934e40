-- What duties say of cameras and bins now: until when the window lasts that is open or comes next, the last verdict and what
-- it counted. Parameters: estate_id, now. Columns: nothing. Callers: duty/live.c.
with ahead as materialized (
    select distinct on (w.place_id) w.place_id, w.t_to
    from duty_window w
    where w.estate_id = $1::bigint and w.place_kind in ('camera', 'bin') and w.t_from > $2::timestamptz - interval '32 days'
      and w.t_from < $2::timestamptz + interval '36 hours' and w.t_to > $2::timestamptz
    order by w.place_id, w.t_to
), place as (
    select v.estate_id, v.id from ahead a join device v on v.id = a.place_id and v.estate_id in ($1::bigint, 0)
    union
    select s.estate_id, s.device_id from device_duty s
    where s.estate_id in ($1::bigint, 0) and (s.due_at is not null or s.verdict_at is not null)
      and exists (select from duty_window w where w.estate_id = $1::bigint and w.place_kind in ('camera', 'bin')
                  and w.place_id = s.device_id and w.t_from > $2::timestamptz - interval '9 days')
), told as materialized (
    select v.estate_id, v.id, a.t_to as due_at, l.*
    from place v
    left join ahead a on a.place_id = v.id
    left join lateral (
        select w.verdict, w.t_to as verdict_at, w.t_from as uptime_from,
               case when d.formula = 'online' then d.found / nullif(extract(epoch from w.t_to - w.t_from), 0)::real end as uptime,
               case when d.formula = 'fill' then extract(epoch from w.t_to - w.t_from)::integer - d.best::integer end as overflow_s
        from duty_window w
        left join lateral (
            select x.formula, x.found, x.best from verdict x
            where x.estate_id = w.estate_id and x.t_from = w.t_from and x.duty_id = w.duty_id and x.place_id = w.place_id
            order by x.version desc limit 1
        ) d on true
        where w.estate_id = $1::bigint and w.place_kind in ('camera', 'bin') and w.place_id = v.id
          and w.verdict is not null and w.t_from > $2::timestamptz - interval '9 days' and w.t_from <= $2::timestamptz
        order by w.t_to desc, array_position('{missed,unknown,met,waived}'::verdict_kind[], w.verdict)
        limit 1
    ) l on true
)
insert into device_duty as s (estate_id, device_id, uptime, uptime_from, overflow_s, due_at, verdict, verdict_at)
select estate_id, id, uptime, uptime_from, overflow_s, due_at, verdict, verdict_at
from told
order by estate_id, id
on conflict (estate_id, device_id) do update
set uptime = coalesce(excluded.uptime, s.uptime), uptime_from = coalesce(excluded.uptime_from, s.uptime_from),
    overflow_s = coalesce(excluded.overflow_s, s.overflow_s), due_at = excluded.due_at,
    verdict = coalesce(excluded.verdict, s.verdict), verdict_at = coalesce(excluded.verdict_at, s.verdict_at)
where (s.due_at, s.verdict, s.verdict_at)
      is distinct from (excluded.due_at, coalesce(excluded.verdict, s.verdict), coalesce(excluded.verdict_at, s.verdict_at));
