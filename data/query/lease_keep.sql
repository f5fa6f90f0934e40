-- Renews a lease between batches, and after the holder has come back over another connection.
-- Parameters: estate_id, source_id, owner, epoch, seconds to live. Columns: epoch; no row when the lease is lost.
-- Callers: ingest/lease.c.
update lease l
set expires_at = clock_timestamp() + $5::bigint * interval '1 second', backend_pid = pg_backend_pid(),
    backend_start = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid())
where l.estate_id = $1::bigint and l.source_id = $2::bigint and l.owner = $3::text and l.epoch = $4::bigint
returning l.epoch;
