-- Why personal data is looked at from now on. Parameters: session id, purpose. Columns: id, nothing (servers are told).
-- Callers: api (PUT /api/session/purpose).
update session set purpose = $2::text where id = $1::uuid and ended_at is null
returning id, pg_notify('hutong_access', '');
