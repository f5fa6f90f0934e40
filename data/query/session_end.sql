-- Signs out. Parameters: session id. Columns: id, nothing (servers are told). Callers: api (DELETE /api/session, a new sign-in).
update session set ended_at = now() where id = $1::uuid and ended_at is null
returning id, pg_notify('hutong_access', '');
