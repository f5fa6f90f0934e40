-- What a shift's body names. Parameters: estate id, source name or null, organisation code or null.
-- Columns: source_id (of the estate's own; null: no such), organisation_id (null: no such, or not named).
-- Callers: api (/api/shifts).
select (select id from source where estate_id = $1::bigint and name = $2::text and removed_at is null),
       (select id from organisation where code = $3::text);
