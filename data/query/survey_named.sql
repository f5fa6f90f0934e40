-- A survey of an estate by its key. Parameters: estate id, key. Columns: id. No row: there is none. Callers: cli import rectifications.
select id from survey where estate_id = $1::bigint and key = $2::text;
