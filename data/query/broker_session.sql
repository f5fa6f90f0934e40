-- A worker has connected to a source's session. When the broker had one before and has lost it, messages may be missing:
-- an outage from the last moment at which the broker was known to have no more.
-- Parameters: estate_id, source_id, owner, epoch, 1 when the broker had kept the session, protocol (4, 5).
-- Columns: whether it is a gap; no row when the lease is lost. Callers: ingest/worker_gauge.c.
with was as materialized (
    select t.estate_id, t.source_id, $5::bigint = 0 and t.session_at is not null as lost,
           least(coalesce(t.dry_at, t.session_at), clock_timestamp()) as dry_at
    from source_stat t
    join lease l on l.estate_id = t.estate_id and l.source_id = t.source_id
    where t.estate_id = $1::bigint and t.source_id = $2::bigint and l.owner = $3::text and l.epoch = $4::bigint
    for no key update of t
), told as (
    insert into outage (estate_id, scope, source_id, t_from, t_to, cause)
    select estate_id, 'source', source_id, dry_at, clock_timestamp(), 'session' from was where lost
    returning estate_id, t_from, t_to
), again as (
    insert into judge_again (estate_id, t_from, t_to, why) select estate_id, t_from, t_to, 'outage' from told
)
update source_stat t
set protocol = $6::bigint, gaps = t.gaps + w.lost::integer,
    last_gap_at = case when w.lost then now() else t.last_gap_at end,
    session_at = case when $5::bigint = 0 then now() else coalesce(t.session_at, now()) end
from was w
where t.estate_id = w.estate_id and t.source_id = w.source_id
returning w.lost as gap;
