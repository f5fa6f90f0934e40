-- A worker has connected to a source's session. When the broker had one before and has lost it, messages may be missing.
-- Parameters: estate_id, source_id, owner, epoch, 1 when the broker had kept the session, protocol (4, 5).
-- Columns: whether it is a gap; no row when the lease is lost. Callers: ingest/worker_gauge.c.
update source_stat t
set protocol = $6::bigint,
    gaps = t.gaps + ($5::bigint = 0 and t.session_at is not null)::integer,
    last_gap_at = case when $5::bigint = 0 and t.session_at is not null then now() else t.last_gap_at end,
    session_at = case when $5::bigint = 0 then now() else coalesce(t.session_at, now()) end
from lease l
where l.estate_id = $1::bigint and l.source_id = $2::bigint and l.owner = $3::text and l.epoch = $4::bigint
  and t.estate_id = l.estate_id and t.source_id = l.source_id
returning coalesce(t.last_gap_at = t.session_at, false) as gap;
