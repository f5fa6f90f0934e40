-- The database's time. Parameters: none. Columns: it. Callers: duty/replay.c.
select clock_timestamp();
