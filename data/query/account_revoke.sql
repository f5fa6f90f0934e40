-- Ends an account with its roles, sessions and tokens. Parameters: name.
-- Columns: id, tokens that ended, nothing (servers are told); no row: there is none. Callers: cli user revoke.
with gone as (
    update account set revoked_at = now(), password_hash = null, oidc_issuer = null, oidc_subject = null
    where name = $1::text and revoked_at is null
    returning id
), roles as (
    delete from role_grant where account_id in (select id from gone) and valid_from >= now()
), ended as (
    update role_grant set valid_to = now()
    where account_id in (select id from gone) and valid_from < now() and (valid_to is null or valid_to > now())
), sessions as (
    update session set ended_at = now() where account_id in (select id from gone) and ended_at is null
), tokens as (
    update token set revoked_at = now() where account_id in (select id from gone) and revoked_at is null
    returning 1
)
select id, (select count(*) from tokens) as tokens, pg_notify('hutong_access', '') from gone;
