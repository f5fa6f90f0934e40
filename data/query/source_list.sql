-- All sources that are in use, with their counters.
-- Columns: id, estate_id, name, topics (one a line), format, subject_type, tz, datum, purpose, retention in seconds,
--          received, stored, duplicate, late, replay, off_shift, redacted, dead, last_batch_at,
--          ignored, last_t_event, forget (it was removed and added again: the broker's session is still the old one).
-- Callers: ingest (what to read), cli source list, api metrics.
select s.id, s.estate_id, s.name, array_to_string(s.topics, E'\n') as topics, s.format, s.subject_type::text, s.tz,
       s.datum, s.purpose, extract(epoch from s.retention)::bigint as retention_s,
       coalesce(t.received, 0) as received, coalesce(t.stored, 0) as stored, coalesce(t.duplicate, 0) as duplicate,
       coalesce(t.late, 0) as late, coalesce(t.replay, 0) as replay, coalesce(t.off_shift, 0) as off_shift,
       coalesce(t.redacted, 0) as redacted, coalesce(t.dead, 0) as dead, t.last_batch_at,
       coalesce(t.ignored, 0) as ignored, t.last_t_event,
       s.forgotten_at is null as forget
from source s
left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
where s.removed_at is null
order by s.id;
