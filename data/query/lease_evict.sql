-- Ends the connection of a holder whose lease ran out: a worker stopped between fence and COMMIT keeps the row locked.
-- Parameters: estate_id, source_id. Columns: whether it ended within two seconds; no row when there was nothing to end.
-- Callers: ingest/lease.c.
select pg_terminate_backend(l.backend_pid, 2000)
from lease l
join pg_stat_activity a on a.pid = l.backend_pid and a.backend_start = l.backend_start
where l.estate_id = $1::bigint and l.source_id = $2::bigint and l.expires_at < clock_timestamp()
  and l.backend_pid <> pg_backend_pid();
