-- The holder of judge's lease sits in a transaction although its time is up: its connections, which go by the end of its name,
-- are ended. Parameters: none. Columns: whether each ended within two seconds; no row when there was nothing to end.
-- Callers: duty/judge.c.
select pg_terminate_backend(a.pid, 2000)
from judge_lease l
join pg_stat_activity a on a.application_name = 'hutong judge ' || right(l.owner, 8) and a.datname = current_database()
where l.expires_at < clock_timestamp() and a.pid <> pg_backend_pid();
