-- Is there such a partition? Parameters: table, partition's name. Columns: 1; no row when there is none.
-- Callers: data/partition.c.
select 1
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
where i.inhparent = to_regclass($1::text) and c.relname = $2::text;
