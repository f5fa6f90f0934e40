-- An organisation by its code. Parameters: code. Columns: id; no row: there is none. Callers: cli import.
select id from organisation where code = $1::text;
