-- A token that is still good, by its hash or its id (the other null): neither it nor its account revoked, not expired.
-- Parameters: hash (bytea), id (uuid). Columns: id, account_id, name (of the account), label, roles ("company planner"; ""
-- without a valid one), purpose, token's name, expires_at (null: never). Callers: api (who asks; streams at each heartbeat).
select t.id, t.account_id, a.name, a.label, coalesce(g.roles, '') as roles, coalesce(t.purpose, '') as purpose,
       t.name as token, t.expires_at
from token t
join account a on a.id = t.account_id
left join lateral (
    select string_agg(distinct r.role::text, ' ') as roles
    from role_grant r
    where r.account_id = t.account_id and r.valid_from <= now() and (r.valid_to is null or r.valid_to > now())
) g on true
where (t.hash = $1::bytea or t.id = $2::uuid) and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
  and a.revoked_at is null;
