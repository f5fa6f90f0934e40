-- When the next clock, call or resolution has something to say. Parameters: none. Columns: the time (null: none), the database's clock.
-- Callers: incident/run.c.
select least((select min(fires_at) from clock where fires_at is not null), (select min(fires_at) from joint_call where fires_at is not null),
             (select min(fires_at) from resolution where fires_at is not null)), clock_timestamp();
