-- Writes down that rows were deleted, in the transaction that did it: one row a table and UTC day.
-- Parameters: table, from, to, rows. Callers: data/retention.c.
insert into retention_drop (table_name, t_from, t_to, rows)
values ($1::text, $2::timestamptz, least($3::timestamptz, now()), $4::bigint)
on conflict (table_name, day) where partition is null do update
set t_from = least(retention_drop.t_from, excluded.t_from), t_to = greatest(retention_drop.t_to, excluded.t_to),
    rows = retention_drop.rows + excluded.rows, dropped_at = now();
