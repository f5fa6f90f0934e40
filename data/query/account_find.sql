-- An account that is not revoked: by name, by OIDC issuer and subject, or by id (the others null).
-- Parameters: name, issuer, subject, id. Columns: id, name, label, roles ("company planner"; "" without a valid one),
-- password_hash (null: has none), locked_until (null: is not locked). No row: there is none, or it is revoked.
-- Callers: api (sign-in, JWT, streams of a JWT at each heartbeat), cli.
select a.id, a.name, a.label, coalesce(g.roles, '') as roles, a.password_hash,
       case when a.locked_until > now() then a.locked_until end as locked_until
from account a
left join lateral (
    select string_agg(distinct r.role::text, ' ') as roles
    from role_grant r
    where r.account_id = a.id and r.valid_from <= now() and (r.valid_to is null or r.valid_to > now())
) g on true
where (a.name = $1::text or (a.oidc_issuer = $2::text and a.oidc_subject = $3::text) or a.id = $4::bigint)
  and a.revoked_at is null;
