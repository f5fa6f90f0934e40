-- The partition that should go first: its whole range is older than its table keeps. Five minutes on top, because a worker may
-- hold a batch for a while. Bounds are read from the catalogue, so that a default partition never goes.
-- Parameters: tables (text[]), keep of each in seconds (bigint[]), now. Columns: table, partition (fit for a statement).
-- Callers: data/retention.c.
select k.fact, p.oid::regclass::text as partition
from unnest($1::text[], $2::bigint[]) k (fact, keep_s)
join pg_inherits i on i.inhparent = to_regclass(k.fact)
join pg_class p on p.oid = i.inhrelid
cross join lateral substring(pg_get_expr(p.relpartbound, p.oid) from 'TO \(''([^'']+)''\)') t (upto)
where t.upto::timestamptz <= $3::timestamptz - make_interval(secs => k.keep_s) - interval '5 minutes'
order by t.upto::timestamptz, k.fact
limit 1;
