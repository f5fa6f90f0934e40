-- Writes down that a partition goes, in the transaction that drops it. Parameters: table, partition (as retention_expired.sql
-- names it). Callers: data/retention.c.
insert into retention_drop (table_name, partition, t_from, t_to, rows, exact)
select $1::text, $2::text, coalesce(substring(b.bound from 'FROM \(''([^'']+)''\)')::timestamptz, '-infinity'),
       substring(b.bound from 'TO \(''([^'']+)''\)')::timestamptz, c.rows, c.exact
from pg_class p
cross join lateral pg_get_expr(p.relpartbound, p.oid) b (bound)
cross join lateral retention_count(p.oid::regclass) c
where p.oid = to_regclass($2::text);
