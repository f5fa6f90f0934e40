-- All sources that are in use, with their counters.
-- Columns: id, estate_id, name, topics (one a line), format, subject_type, tz, datum, purpose, retention in seconds,
--          received, stored, duplicate, late, replay, off_shift, redacted, dead, last_batch_at,
--          ignored, last_t_event, forget (it was removed and added again: the broker's session is still the old one),
--          epoch, owner (null: nobody reads it), lag in seconds (since the broker was last seen to have no more; null:
--          never yet), seconds since a batch is held (null: none is), messages held, gaps, last_gap_at, losses,
--          last_loss_at, last_loss, seconds since these numbers were written (null: never yet), charset,
--          seconds since the broker cannot be reached for it (null: it can).
-- Callers: ingest (what to read), cli source list, api metrics.
select s.id, s.estate_id, s.name, array_to_string(s.topics, E'\n') as topics, s.format, s.subject_type::text, s.tz,
       s.datum, s.purpose, extract(epoch from s.retention)::bigint as retention_s,
       coalesce(t.received, 0) as received, coalesce(t.stored, 0) as stored, coalesce(t.duplicate, 0) as duplicate,
       coalesce(t.late, 0) as late, coalesce(t.replay, 0) as replay, coalesce(t.off_shift, 0) as off_shift,
       coalesce(t.redacted, 0) as redacted, coalesce(t.dead, 0) as dead, t.last_batch_at,
       coalesce(t.ignored, 0) as ignored, t.last_t_event,
       s.forgotten_at is null as forget, coalesce(l.epoch, 0) as epoch,
       case when l.expires_at > clock_timestamp() then l.owner end as owner,
       extract(epoch from clock_timestamp() - t.dry_at)::double precision as lag_s,
       extract(epoch from clock_timestamp() - t.held_since)::double precision as held_s,
       coalesce(t.held_messages, 0) as held_messages, coalesce(t.gaps, 0) as gaps, t.last_gap_at,
       coalesce(t.losses, 0) as losses, t.last_loss_at, t.last_loss,
       extract(epoch from clock_timestamp() - greatest(t.last_batch_at, t.seen_at))::double precision as age_s, s.charset,
       extract(epoch from clock_timestamp() - t.away_at)::double precision as away_s
from source s
left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
left join lease l on l.estate_id = s.estate_id and l.source_id = s.id
where s.removed_at is null
order by s.id;
