-- How far each table of facts reaches, by its partitions' names (as data/partition.c gives them; reading their bounds takes
-- ten times as long), and what upkeep has left undone.
-- Parameters: tables (text[]), keep of each in seconds (bigint[]), whether its partitions are months (boolean[]), whether
-- they are made ahead (boolean[]), whether sizes are wanted (boolean; they take a while).
-- Columns: table, keep in seconds, oldest (first moment of the first partition, null without any), newest (last moment
-- of the last one), partitions, bytes (0 when not wanted), expired (partitions that should be gone), late (tomorrow's
-- partition is missing). Callers: data/retention.c.
with part as materialized (
    select k.fact, d.day at time zone 'UTC' as lower,
           (d.day + case when k.by_month then interval '1 month' else interval '1 day' end) at time zone 'UTC' as upper,
           case when $5::boolean then pg_total_relation_size(p.oid) else 0 end as bytes
    from unnest($1::text[], $3::boolean[]) k (fact, by_month)
    join pg_inherits i on i.inhparent = to_regclass(k.fact)
    join pg_class p on p.oid = i.inhrelid
    cross join lateral to_timestamp(substring(p.relname from '_([0-9]{8})$'), 'YYYYMMDD') t (stamp)
    cross join lateral (select t.stamp at time zone 'UTC' as day) d
)
select k.fact, k.keep_s, min(p.lower) as oldest, max(p.upper) as newest, count(p.fact) as partitions,
       coalesce(sum(p.bytes), 0)::bigint as bytes,
       count(*) filter (where p.upper <= now() - make_interval(secs => k.keep_s) - interval '2 hours') as expired,
       k.ahead and not coalesce(bool_or(p.lower <= now() + interval '1 day' and p.upper > now() + interval '1 day'), false)
           as late
from unnest($1::text[], $2::bigint[], $4::boolean[]) with ordinality k (fact, keep_s, ahead, number)
left join part p on p.fact = k.fact
group by k.fact, k.keep_s, k.ahead, k.number
order by k.number;
