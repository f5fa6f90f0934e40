-- When the next clock has something to say. Parameters: none. Columns: the time (null: none), the database's clock.
-- Callers: incident/run.c.
select min(fires_at), clock_timestamp() from clock where fires_at is not null;
