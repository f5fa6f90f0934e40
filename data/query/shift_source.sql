-- The source of a shift. Parameters: name. Columns: id, estate_id, subject_type or null, time zone; no row: there is none.
-- Callers: cli import shifts.
select id, estate_id, subject_type::text, tz from source where name = $1::text and removed_at is null;
