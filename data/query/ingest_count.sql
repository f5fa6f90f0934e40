-- Last statement of a batch: the source's counters.
-- Parameters: estate_id, source_id, received, stored, duplicate, late, replay, off_shift, redacted, ignored, dead,
--             newest t_event or null, the last dry moment or null.
-- Columns: nothing. Callers: ingest/store.c.
update source_stat
set received = received + $3::bigint, stored = stored + $4::bigint, duplicate = duplicate + $5::bigint,
    late = late + $6::bigint, replay = replay + $7::bigint, off_shift = off_shift + $8::bigint,
    redacted = redacted + $9::bigint, ignored = ignored + $10::bigint, dead = dead + $11::bigint,
    batches = batches + 1, last_batch_at = clock_timestamp(),
    last_t_event = greatest(last_t_event, $12::timestamptz),
    dry_at = greatest(dry_at, $13::timestamptz), held_since = null, held_messages = 0
where estate_id = $1::bigint and source_id = $2::bigint;
