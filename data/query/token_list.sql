-- Tokens, those in use first. Columns: name, account, state (ok, expired, revoked), expires_at, last_used_at, all of it as
-- JSON. Callers: cli token list.
select t.name, a.name as account, v.state, t.expires_at, t.last_used_at,
       jsonb_strip_nulls(jsonb_build_object(
           'id', t.id, 'name', t.name, 'account', a.name, 'state', v.state, 'purpose', t.purpose,
           'created_at', t.created_at, 'expires_at', t.expires_at, 'revoked_at', t.revoked_at,
           'last_used_at', t.last_used_at))::text as json
from token t
join account a on a.id = t.account_id
cross join lateral (
    select case when t.revoked_at is not null then 'revoked' when t.expires_at <= now() then 'expired' else 'ok' end as state
) v
order by v.state <> 'ok', t.name, t.created_at;
