-- Is there an estate with this id? Parameters: id. Columns: yes or no. Callers: data/import.c.
select exists (select 1 from estate where id = $1::bigint and valid_to is null);
