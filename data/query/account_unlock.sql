-- Lets somebody try again. Parameters: name. Columns: id, nothing (servers are told); no row: there is none.
-- Callers: cli user unlock.
update account set failed = 0, failed_since = null, locked_until = null where name = $1::text and revoked_at is null
returning id, pg_notify('hutong_access', '');
