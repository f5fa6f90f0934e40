-- What duties say of zones now: until when the window lasts that is open or comes next, how much of it is swept since that
-- window began, the last verdict. Parameters: estate_id, now. Columns: nothing. Callers: duty/live.c.
with ahead as materialized (
    select distinct on (w.place_id) w.place_id, w.t_from, w.t_to, d.proof, d.subject_types, d.tool
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    where w.estate_id = $1::bigint and w.place_kind = 'zone' and w.t_from > $2::timestamptz - interval '32 days'
      and w.t_from < $2::timestamptz + interval '36 hours' and w.t_to > $2::timestamptz
    order by w.place_id, w.t_to, d.proof desc
), ground as materialized (
    select distinct on (g.zone_id) g.zone_id, g.grid, g.passable
    from zone_grid g
    where g.estate_id = $1::bigint
    order by g.zone_id, g.made_at desc, g.grid
), newest as materialized (
    select distinct on (c.zone_id, c.t_event, c.subject) c.zone_id, c.t_event, c.t_to, c.subject_type, c.tool, c.grid, c.cells, c.void
    from ahead a
    join coverage c on c.estate_id = $1::bigint and c.zone_id = a.place_id and c.t_event >= a.t_from and c.t_event < a.t_to
    where a.proof = 'area' and a.t_from <= $2::timestamptz
    order by c.zone_id, c.t_event, c.subject, c.version desc
), swept as (
    select a.place_id, bit_count(bit_or(n.cells))::real / nullif(g.passable, 0) as share, max(n.t_to) as at
    from ahead a
    join ground g on g.zone_id = a.place_id
    join newest n on n.zone_id = a.place_id and n.grid = g.grid and not n.void and n.subject_type = any(a.subject_types)
                 and (n.tool or not a.tool)
    group by a.place_id, g.passable
), place as (
    select place_id from ahead
    union
    select z.zone_id from zone_state z where z.estate_id = $1::bigint and (z.due_at is not null or z.verdict_at is not null)
), told as materialized (
    select p.place_id, a.t_to as due_at, v.verdict, v.t_to as verdict_at,
           case when a.proof = 'area' and a.t_from <= $2::timestamptz then coalesce(s.share, 0) end as swept,
           case when a.proof = 'area' and a.t_from <= $2::timestamptz then a.t_from end as swept_from, s.at as swept_at
    from place p
    left join ahead a on a.place_id = p.place_id
    left join swept s on s.place_id = p.place_id
    left join lateral (
        select w.verdict, w.t_to
        from duty_window w
        where w.estate_id = $1::bigint and w.place_kind = 'zone' and w.place_id = p.place_id and w.verdict is not null
          and w.t_from > $2::timestamptz - interval '9 days' and w.t_from <= $2::timestamptz
        order by w.t_to desc, array_position('{missed,unknown,met,waived}'::verdict_kind[], w.verdict)
        limit 1
    ) v on true
)
insert into zone_state as z (estate_id, zone_id, due_at, verdict, verdict_at, swept, swept_from, swept_at)
select $1::bigint, t.place_id, t.due_at, t.verdict, t.verdict_at, t.swept, t.swept_from, t.swept_at
from told t
order by t.place_id
on conflict (estate_id, zone_id) do update
set due_at = excluded.due_at, verdict = coalesce(excluded.verdict, z.verdict),
    verdict_at = coalesce(excluded.verdict_at, z.verdict_at), swept = excluded.swept, swept_from = excluded.swept_from,
    swept_at = excluded.swept_at
where (z.due_at, z.verdict, z.verdict_at, z.swept, z.swept_from, z.swept_at)
      is distinct from (excluded.due_at, coalesce(excluded.verdict, z.verdict), coalesce(excluded.verdict_at, z.verdict_at),
                        excluded.swept, excluded.swept_from, excluded.swept_at);
