-- Somebody is there: written down at most once a minute. Parameters: session id. Callers: api.
update session set seen_at = now() where id = $1::uuid and seen_at < now() - interval '1 minute' and ended_at is null;
