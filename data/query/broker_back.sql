-- A source's session is up and subscribed. When it was away for long, what was sent meanwhile may never have come: an
-- outage, once, because away_at ends in the same statement - whichever worker had begun it.
-- Parameters: estate_id, source_id, owner, epoch, microseconds since the session came up, microseconds that are long.
-- Columns: away_from, whether it is an outage; no row when the source was not away, or the lease is lost.
-- Callers: ingest/worker_outage.c.
with was as materialized (
    select t.estate_id, t.source_id, t.away_at,
           greatest(t.away_at, clock_timestamp() - $5::bigint * interval '1 microsecond') as back_at
    from source_stat t
    join lease l on l.estate_id = t.estate_id and l.source_id = t.source_id
    where t.estate_id = $1::bigint and t.source_id = $2::bigint and l.owner = $3::text and l.epoch = $4::bigint
      and t.away_at is not null
    for no key update of t
), told as (
    insert into outage (estate_id, scope, source_id, t_from, t_to, cause)
    select estate_id, 'source', source_id, away_at, back_at, 'connection'
    from was
    where back_at - away_at > $6::bigint * interval '1 microsecond'
    returning estate_id, t_from, t_to
), again as (
    insert into judge_again (estate_id, t_from, t_to, why) select estate_id, t_from, t_to, 'outage' from told
)
update source_stat t
set away_at = null
from was w
where t.estate_id = w.estate_id and t.source_id = w.source_id
returning w.away_at, w.back_at - w.away_at > $6::bigint * interval '1 microsecond' as outage;
