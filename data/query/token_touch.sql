-- A token was used: written down at most once a minute. Parameters: token id. Callers: api.
update token set last_used_at = now()
where id = $1::uuid and (last_used_at is null or last_used_at < now() - interval '1 minute');
