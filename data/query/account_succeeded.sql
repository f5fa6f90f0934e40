-- A right password: earlier wrong ones are forgotten. Parameters: account id. Callers: api (POST /api/session).
update account set failed = 0, failed_since = null, locked_until = null
where id = $1::bigint and (failed <> 0 or locked_until is not null);
