-- Gives an account another password: it is no longer locked, and its sessions end.
-- Parameters: name, password_hash. Columns: id, sessions that ended, nothing (servers are told); no row: there is none.
-- Callers: cli user password.
with changed as (
    update account
    set password_hash = $2::text, password_changed_at = now(), failed = 0, failed_since = null, locked_until = null
    where name = $1::text and revoked_at is null
    returning id
), ended as (
    update session set ended_at = now()
    where account_id in (select id from changed) and ended_at is null and expires_at > now()
    returning 1
)
select id, (select count(*) from ended) as sessions, pg_notify('hutong_access', '') from changed;
