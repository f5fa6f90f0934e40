-- Notes what the broker has answered: the session is subscribed to these topics and to no others.
-- Parameters: estate_id, source_id, owner, epoch, topics (one a line). Columns: epoch; no row when the lease is lost.
-- Callers: ingest/lease.c.
update lease
set topics = string_to_array($5::text, E'\n')
where estate_id = $1::bigint and source_id = $2::bigint and owner = $3::text and epoch = $4::bigint
returning epoch;
