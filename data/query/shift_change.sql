-- Changes a shift, if it is what its author saw. One that has begun keeps its beginning: pseudonyms are made by its month.
-- Parameters: estate id, id, row_tag as it was, label, label_en, starts_at, ends_at, organisation id or null.
-- Columns: id, nothing (workers are told). No row: it has changed meanwhile. Callers: api (PUT /api/shifts/...).
with changed as (
    update shift
    set label = $4::text, label_en = $5::text, starts_at = $6::timestamptz, ends_at = $7::timestamptz,
        organisation_id = $8::bigint
    where estate_id = $1::bigint and id = $2::bigint
      and row_tag(label, label_en, starts_at::text, ends_at::text, organisation_id::text, device_hash::text) = $3::text
    returning id
)
select id, pg_notify('hutong_shift', '') from changed;
