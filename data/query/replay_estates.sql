-- Estates that have duties. Parameters: none. Columns: id. Callers: duty/replay.c.
select distinct estate_id from duty order by estate_id;
