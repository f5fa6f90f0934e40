-- A shift as a roster has it: the same source, device, label and start are the same shift.
-- Parameters: estate, source, device_hash or null (any device), subject_type, label, label_en, organisation's id or null,
-- starts_at, ends_at. Columns: id, what was done: made, changed, same; nothing (workers are told).
-- Callers: cli import shifts.
with before as (
    select id, (subject_type, label_en, organisation_id, ends_at)
               is not distinct from ($4::text::subject_type, $6::text, $7::bigint, $9::timestamptz) as same
    from shift
    where estate_id = $1::bigint and source_id = $2::bigint and device_hash is not distinct from $3::uuid
      and label = $5::text and starts_at = $8::timestamptz
    order by id
    limit 1
), changed as (
    update shift h
    set subject_type = $4::text::subject_type, label_en = $6::text, organisation_id = $7::bigint, ends_at = $9::timestamptz
    from before b
    where h.estate_id = $1::bigint and h.id = b.id and not b.same
    returning h.id
), made as (
    insert into shift (estate_id, source_id, device_hash, subject_type, label, label_en, organisation_id, starts_at, ends_at)
    select $1::bigint, $2::bigint, $3::uuid, $4::text::subject_type, $5::text, $6::text, $7::bigint, $8::timestamptz,
           $9::timestamptz
    where not exists (select from before)
    returning id
)
select coalesce((select id from made), (select id from before)) as id,
       case when exists (select from made) then 'made' when exists (select from changed) then 'changed' else 'same' end as done,
       pg_notify('hutong_shift', '');
