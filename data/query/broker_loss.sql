-- Connections of a source that broke or did not come about.
-- Parameters: estate_id, source_id, how many since the last time, why the last one. Callers: ingest/worker_gauge.c.
update source_stat
set losses = losses + $3::bigint, last_loss = $4::text, last_loss_at = now(), seen_at = now()
where estate_id = $1::bigint and source_id = $2::bigint;
