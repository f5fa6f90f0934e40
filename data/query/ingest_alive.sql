-- A sign of life, of any worker. When the last one is long ago nothing ran, or the database was away: an outage of the
-- platform, written by whoever comes first, because the row is locked and ends being old in the same statement.
-- Parameters: microseconds that are long. Columns: since when nothing ran, in seconds before now; null: it is no outage.
-- Callers: ingest/worker_outage.c.
with was as materialized (
    select seen_at, clock_timestamp() as now_at from ingest_alive for no key update
), told as (
    insert into outage (estate_id, scope, t_from, t_to, cause)
    select 0, 'platform', seen_at, now_at, 'stopped'
    from was
    where now_at - seen_at > $1::bigint * interval '1 microsecond'
    returning estate_id, t_from, t_to
), again as (
    insert into judge_again (estate_id, t_from, t_to, why) select estate_id, t_from, t_to, 'outage' from told
)
update ingest_alive a
set seen_at = greatest(a.seen_at, w.now_at)
from was w
returning case when w.now_at - w.seen_at > $1::bigint * interval '1 microsecond'
               then extract(epoch from w.now_at - w.seen_at)::double precision end as stopped_s;
