-- Takes a source: when nobody has it, its lease ran out (by this clock), or its holder's connection is no more.
-- A lease or counters that somebody deleted by hand are made again, for the next try.
-- Waits for the holder's open transaction up to lock_timeout. The source's topics join the lease's before anybody
-- subscribes to them, so that none is forgotten when the worker dies in between.
-- Parameters: estate_id, source_id, owner, seconds to live. Columns: epoch, topics that the broker may have subscribed
-- the session to (one a line), the protocol that it had last (4, 5; 0: none yet); no row when another worker has it.
-- Callers: ingest/lease.c.
with leased as (
    insert into lease (estate_id, source_id) values ($1::bigint, $2::bigint) on conflict do nothing
), counted as (
    insert into source_stat (estate_id, source_id) values ($1::bigint, $2::bigint) on conflict do nothing
)
update lease l
set owner = $3::text, epoch = l.epoch + 1, expires_at = clock_timestamp() + $4::bigint * interval '1 second',
    backend_pid = pg_backend_pid(),
    backend_start = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid()),
    topics = array(select distinct t from unnest(l.topics || s.topics) t order by t)
from source s
where l.estate_id = $1::bigint and l.source_id = $2::bigint and s.id = l.source_id
  and (l.owner is null or l.owner = $3::text or l.expires_at < clock_timestamp()
       or not exists (select 1 from pg_stat_activity a
                      where a.pid = l.backend_pid
                        and (a.backend_start is null or a.backend_start = l.backend_start)))
returning l.epoch, array_to_string(l.topics, E'\n') as topics,
          coalesce((select t.protocol from source_stat t where t.estate_id = l.estate_id and t.source_id = l.source_id),
                   0)::bigint as protocol;
