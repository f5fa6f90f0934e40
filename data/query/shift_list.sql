-- The shifts of a source that a message may still fall into: late ones come as long as facts are kept.
-- Parameters: estate_id, source_id or null (all of the estate's). Columns: id, device_hash or null (any device), starts_at,
-- ends_at, subject_type.
-- Callers: ingest/shift.c.
select h.id, h.device_hash, h.starts_at, h.ends_at, h.subject_type::text as subject_type
from shift h
join source s on s.estate_id = h.estate_id and s.id = h.source_id
where h.estate_id = $1::bigint and ($2::bigint is null or h.source_id = $2::bigint) and h.ends_at > now() - s.retention
order by h.starts_at desc, h.id desc;
