-- Ends a token. Parameters: name. Columns: id, nothing (servers are told); no row: there is none. Callers: cli token revoke.
update token set revoked_at = now() where name = $1::text and revoked_at is null
returning id, pg_notify('hutong_access', '');
