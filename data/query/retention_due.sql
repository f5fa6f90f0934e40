-- Where rows have to go although their partition stays: facts of sources that keep them shorter than the table, and of
-- tables by month. What was never purged starts with the oldest partition.
-- Parameters: facts with a source (text[]), keep of each in seconds (bigint[]), by month (boolean[]), now.
-- Columns: fact, from when on; the longest overdue first. Callers: data/retention.c.
with due as materialized (
    select f.fact, m.purged_to, $4::timestamptz - least(s.retention, k.keep) as until
    from unnest($1::text[], $2::bigint[], $3::boolean[]) f (fact, keep_s, by_month)
    cross join lateral make_interval(secs => f.keep_s) k (keep)
    join source s on f.by_month or s.retention < k.keep
    left join retention_mark m on m.estate_id = s.estate_id and m.source_id = s.id and m.fact = f.fact
), oldest as materialized (
    select n.fact, min(substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM \(''([^'']+)''\)')::timestamptz) as since
    from (select distinct fact from due where purged_to is null) n
    join pg_inherits i on i.inhparent = to_regclass(n.fact)
    join pg_class p on p.oid = i.inhrelid
    group by n.fact
)
select d.fact, min(coalesce(d.purged_to, o.since)) as since
from due d
left join oldest o on o.fact = d.fact
where coalesce(d.purged_to, o.since) < d.until
group by d.fact
order by since, d.fact
limit 1;
