-- Shifts that overlap a time, newest first, a page at a time. Parameters: estate id or null, from, to, starts_at, estate and id of
-- the page before's last row (all null: the first page), at most so many.
-- Columns: estate_id, id, source, subject_type, label, label_en, starts_at, ends_at, organisation (code), device (one is named),
-- row_tag. Callers: api (GET /api/shifts).
select h.estate_id, h.id, s.name, h.subject_type::text as subject_type, h.label, h.label_en, h.starts_at, h.ends_at, o.code,
       h.device_hash is not null,
       row_tag(h.label, h.label_en, h.starts_at::text, h.ends_at::text, h.organisation_id::text, h.device_hash::text)
from shift h
left join source s on s.id = h.source_id
left join organisation o on o.id = h.organisation_id
where h.starts_at < $3::timestamptz and h.ends_at > $2::timestamptz and ($1::bigint is null or h.estate_id = $1::bigint)
  and ($4::timestamptz is null or (h.starts_at, h.estate_id, h.id) < ($4::timestamptz, $5::bigint, $6::bigint))
order by h.starts_at desc, h.estate_id desc, h.id desc
limit $7::bigint;
