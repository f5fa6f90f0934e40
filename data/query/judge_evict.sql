-- The holder of judge's lease sits in a transaction although its time is up: it is ended. Parameters: none. Columns: whether it ended within
-- two seconds; no row when there was nothing to end.
-- Callers: duty/judge.c.
select pg_terminate_backend(a.pid, 2000)
from judge_lease l
join pg_stat_activity a on a.pid = l.backend_pid and (a.backend_start is null or a.backend_start = l.backend_start)
where l.expires_at < clock_timestamp() and a.pid <> pg_backend_pid();
