-- A calendar by its code. Parameters: code. Columns: id; no row: there is none. Callers: cli import policies.
select id from calendar where code = $1::text;
