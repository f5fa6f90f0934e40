-- Dead letters by source and reason.
-- Parameters: source name or null, reason or null, recorded from, until (each null: no limit).
-- Columns: source, reason, letters, bytes (of payloads as they came), oldest, newest, removed (the source is out of use).
-- Callers: cli/replay.c, ingest/replay.c.
select s.name, d.reason, count(*) as letters, sum(d.size)::bigint as bytes, min(d.recorded_at) as oldest,
       max(d.recorded_at) as newest, s.removed_at is not null as removed
from dead_letter d
join source s on s.estate_id = d.estate_id and s.id = d.source_id
where ($1::text is null or s.name = $1::text) and ($2::text is null or d.reason = $2::text)
  and d.recorded_at >= coalesce($3::timestamptz, '-infinity') and d.recorded_at < coalesce($4::timestamptz, 'infinity')
group by s.id, d.reason
order by s.name, letters desc, d.reason;
