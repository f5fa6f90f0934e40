-- How sources stand between batches, all of a worker's in one statement: a worker that hangs must not hold their rows.
-- Parameters: owner, estate_ids, source_ids, epochs, dry moments, since when a batch is held (both in us since 1970;
--             null: not known, none), messages held; each a bigint[] of the same length.
-- Columns: the database's time. Callers: ingest/worker_gauge.c.
with gauged as (
    update source_stat t
    set dry_at = greatest(t.dry_at, 'epoch'::timestamptz + g.dry_us * interval '1 microsecond'),
        held_since = 'epoch'::timestamptz + g.held_us * interval '1 microsecond', held_messages = g.held, seen_at = now()
    from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             as g (estate_id, source_id, epoch, dry_us, held_us, held)
    join lease l on l.estate_id = g.estate_id and l.source_id = g.source_id and l.epoch = g.epoch
    where l.owner = $1::text and t.estate_id = g.estate_id and t.source_id = g.source_id
)
select clock_timestamp();
