-- An estate that somebody is about to write rows of; it stays as long as the transaction does.
-- Parameters: estate id. Columns: now (of the transaction), tz. No row: there is none. Callers: api/write.c.
select now(), tz from estate where id = $1::bigint and valid_to is null for key share;
