-- How far each table of facts reaches, and what upkeep has left undone.
-- Parameters: tables (text[]), keep of each in seconds (bigint[]), whether partitions are made ahead (boolean[]), whether
-- sizes are wanted (boolean; they take a while).
-- Columns: table, keep in seconds, oldest (first moment of the first partition, null without any), newest (last moment
-- of the last one), partitions, bytes (0 when not wanted), expired (partitions that should be gone), late (tomorrow's
-- partition is missing). Callers: data/retention.c.
with part as (
    select k.fact, b.lower::timestamptz as lower, b.upper::timestamptz as upper,
           case when $4::boolean then pg_total_relation_size(p.oid) else 0 end as bytes
    from unnest($1::text[]) k (fact)
    join pg_inherits i on i.inhparent = to_regclass(k.fact)
    join pg_class p on p.oid = i.inhrelid
    cross join lateral (
        select substring(x.expr from 'FROM \(''([^'']+)''\)') as lower, substring(x.expr from 'TO \(''([^'']+)''\)') as upper
        from (select pg_get_expr(p.relpartbound, p.oid) as expr) x
    ) b
)
select k.fact, k.keep_s, min(p.lower) as oldest, max(p.upper) as newest, count(p.fact) as partitions,
       coalesce(sum(p.bytes), 0)::bigint as bytes,
       count(*) filter (where p.upper <= now() - make_interval(secs => k.keep_s) - interval '2 hours') as expired,
       k.ahead and not coalesce(bool_or(p.lower <= now() + interval '1 day' and p.upper > now() + interval '1 day'), false)
           as late
from unnest($1::text[], $2::bigint[], $3::boolean[]) with ordinality k (fact, keep_s, ahead, number)
left join part p on p.fact = k.fact
group by k.fact, k.keep_s, k.ahead, k.number
order by k.number;
