-- The last proof that retention left of each table. Columns: table, partition (null: single rows), from, to, rows, whether
-- they were counted, dropped_at. Callers: cli doctor.
select distinct on (table_name) table_name, partition, t_from, t_to, rows, exact, dropped_at
from retention_drop
order by table_name, dropped_at desc, id desc;
