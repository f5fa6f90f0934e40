-- Makes a shift. Parameters: estate id, source id, device_hash (uuid or null: any device), subject_type, label, label_en,
-- starts_at, ends_at, organisation id or null. Columns: id, nothing (workers are told). Callers: api (POST /api/shifts).
with made as (
    insert into shift (estate_id, source_id, device_hash, subject_type, label, label_en, starts_at, ends_at, organisation_id)
    values ($1::bigint, $2::bigint, $3::uuid, $4::text::subject_type, $5::text, $6::text, $7::timestamptz, $8::timestamptz,
            $9::bigint)
    returning id
)
select id, pg_notify('hutong_shift', '') from made;
