-- Lifecycles of a source whose end should have come by now (by this clock).
-- Parameters: estate_id, source_id, how many at most.
-- Columns: id, the device's native_id, kind, channel, native_id, t_start, t_last. Callers: ingest/worker_lifecycle.c.
select l.id, d.native_id, l.kind::text, l.channel, l.native_id, l.t_start, l.t_last
from lifecycle l
join device d on d.estate_id = l.estate_id and d.id = l.device_id
where l.estate_id = $1::bigint and l.source_id = $2::bigint and l.t_end is null and l.expires_at <= clock_timestamp()
order by l.expires_at
limit $3::bigint;
