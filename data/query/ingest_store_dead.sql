-- Stores the staged dead letters; one that is there came with a COMMIT whose answer was lost.
-- Columns: dedup of each row that was new. Callers: ingest/store.c.
insert into dead_letter (estate_id, recorded_at, dedup, source_id, reason, size, topic_sealed, payload_sealed)
select estate_id, recorded_at, dedup, source_id, reason, size, topic_sealed, payload_sealed
from stage_dead
on conflict do nothing
returning dedup;
