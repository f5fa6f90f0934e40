-- Gives a source back, so that the next worker need not wait for the lease to run out.
-- Parameters: estate_id, source_id, owner, epoch. Callers: ingest/lease.c.
update lease
set owner = null, expires_at = '-infinity', backend_pid = null, backend_start = null
where estate_id = $1::bigint and source_id = $2::bigint and owner = $3::text and epoch = $4::bigint;
