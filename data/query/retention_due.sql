-- Where rows have to go although their partition stays: facts of sources that keep them shorter than the table, and of
-- tables by month. What was never purged starts with the oldest partition.
-- Parameters: facts with a source (text[]), keep of each in seconds (bigint[]), by month (boolean[]), now.
-- Columns: fact, from when on; the longest overdue first. Callers: data/retention.c.
with kept as materialized (
    select f.fact, make_interval(secs => f.keep_s) as keep, f.by_month,
           (select min(substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM \(''([^'']+)''\)')::timestamptz)
            from pg_inherits i
            join pg_class p on p.oid = i.inhrelid
            where i.inhparent = to_regclass(f.fact)) as oldest
    from unnest($1::text[], $2::bigint[], $3::boolean[]) f (fact, keep_s, by_month)
)
select k.fact, min(greatest(m.purged_to, k.oldest)) as since
from kept k
join source s on k.by_month or s.retention < k.keep
left join retention_mark m on m.estate_id = s.estate_id and m.source_id = s.id and m.fact = k.fact
where greatest(m.purged_to, k.oldest) < $4::timestamptz - least(s.retention, k.keep) and k.oldest is not null
group by k.fact
order by since, k.fact
limit 1;
