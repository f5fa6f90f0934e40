-- One shift. Parameters: estate id, id. Columns: as shift_page. No row: there is none. Callers: api (/api/shifts/...).
select h.estate_id, h.id, s.name, h.subject_type::text as subject_type, h.label, h.label_en, h.starts_at, h.ends_at, o.code,
       h.device_hash is not null,
       row_tag(h.label, h.label_en, h.starts_at::text, h.ends_at::text, h.organisation_id::text, h.device_hash::text)
from shift h
left join source s on s.id = h.source_id
left join organisation o on o.id = h.organisation_id
where h.estate_id = $1::bigint and h.id = $2::bigint;
