-- The broker has answered: of the messages without a time of their own these alone may still come again.
-- Parameters: estate_id, source_id, owner, epoch, ids (uuid[]). Columns: epoch; no row when the lease is lost.
-- Callers: ingest/lease.c.
update lease
set unsettled = $5::uuid[]
where estate_id = $1::bigint and source_id = $2::bigint and owner = $3::text and epoch = $4::bigint
returning epoch;
