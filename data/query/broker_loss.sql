-- Connections of a source that broke or did not come about. When it was the broker that could not be reached, and the
-- source is still this worker's, the source is away from then on: since it was last known to be there, when that was less
-- than two minutes before - a connection that is dead shows after one and a half -, else since the loss was noticed.
-- Parameters: estate_id, source_id, how many since the last time, why the last one, owner, epoch, microseconds since the
--             broker was missed first (null: it was not the broker). Callers: ingest/worker_gauge.c.
with missed as (
    select clock_timestamp() - $7::bigint * interval '1 microsecond' as at
    from lease
    where estate_id = $1::bigint and source_id = $2::bigint and owner = $5::text and epoch = $6::bigint
)
update source_stat t
set losses = t.losses + $3::bigint, last_loss = $4::text, last_loss_at = now(), seen_at = now(),
    away_at = coalesce(t.away_at,
                       (select case when greatest(t.dry_at, t.last_batch_at) > m.at - interval '2 minutes'
                                    then least(m.at, greatest(t.dry_at, t.last_batch_at))
                                    else m.at end
                        from missed m))
where t.estate_id = $1::bigint and t.source_id = $2::bigint;
