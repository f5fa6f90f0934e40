-- Stores the staged dead letters that are not there yet. recorded_at is cut to the day, so that a redelivery of the
-- same message within it changes nothing.
-- Columns: dedup of each row that was new. Callers: ingest/store.c.
insert into dead_letter (estate_id, recorded_at, dedup, source_id, reason, size, topic_sealed, payload_sealed)
select estate_id, recorded_at, dedup, source_id, reason, size, topic_sealed, payload_sealed
from stage_dead
on conflict do nothing
returning dedup;
