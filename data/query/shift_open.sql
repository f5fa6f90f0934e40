-- Opens a shift, unless the same label's shift on the same source still runs: that one is carried on.
-- Parameters: source name, device_hash (uuid or null: any device), subject_type, label, label_en, starts_at, ends_at.
-- Columns: id, nothing (workers are told). Callers: cli up (--mqtt-bind).
with home as (
    select id, estate_id from source where name = $1::text and removed_at is null
), running as (
    update shift s set ends_at = greatest(s.ends_at, $7::timestamptz)
    from home h
    where s.estate_id = h.estate_id and s.source_id = h.id and s.label = $4::text
      and s.device_hash is not distinct from $2::uuid and s.ends_at > now()
      and date_trunc('month', s.starts_at, 'UTC') = date_trunc('month', $6::timestamptz, 'UTC')
    returning s.id
), opened as (
    insert into shift (estate_id, source_id, device_hash, subject_type, label, label_en, starts_at, ends_at)
    select h.estate_id, h.id, $2::uuid, $3::text::subject_type, $4::text, $5::text, $6::timestamptz, $7::timestamptz
    from home h
    where not exists (select 1 from running)
    returning id
)
select id, pg_notify('hutong_shift', '') from (select id from running union all select id from opened) either;
