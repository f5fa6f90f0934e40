-- Takes a shift back that has not begun; ends now one that has. Parameters: estate id, id, row_tag as it was.
-- Columns: id, nothing (workers are told). No row: it has changed meanwhile. Callers: api (DELETE /api/shifts/...).
with gone as (
    delete from shift
    where estate_id = $1::bigint and id = $2::bigint and starts_at >= now()
      and row_tag(label, label_en, starts_at::text, ends_at::text, organisation_id::text, device_hash::text) = $3::text
    returning id
), ended as (
    update shift set ends_at = least(ends_at, now())
    where estate_id = $1::bigint and id = $2::bigint and starts_at < now()
      and row_tag(label, label_en, starts_at::text, ends_at::text, organisation_id::text, device_hash::text) = $3::text
    returning id
)
select id, pg_notify('hutong_shift', '') from (select id from gone union all select id from ended) either;
