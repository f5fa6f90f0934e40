-- A session that is still good, by the hash of its cookie or by its id (the other null): not ended, not idle for too long,
-- its account not revoked, its shift going on.
-- Parameters: hash (bytea), id (uuid), idle in seconds. Columns: id, account_id (null: of a shift), name (of the account, or
-- the shift's call sign), label, roles ("company planner"; "" without a valid one), purpose, csrf, created_at, seen_at,
-- expires_at, estate_id, shift_id. No row: sign in. Callers: api (who asks; streams at each heartbeat).
select s.id, s.account_id, coalesce(a.name, btrim(replace(h.label, '#', ''))) as name, a.label,
       case when s.account_id is null then 'field_worker' else coalesce(g.roles, '') end as roles,
       coalesce(s.purpose, '') as purpose, s.csrf, s.created_at, s.seen_at,
       least(s.expires_at, h.ends_at) as expires_at, s.estate_id, s.shift_id
from session s
left join account a on a.id = s.account_id
left join shift h on h.estate_id = s.estate_id and h.id = s.shift_id
left join lateral (
    select string_agg(distinct r.role::text, ' ') as roles
    from role_grant r
    where r.account_id = s.account_id and r.valid_from <= now() and (r.valid_to is null or r.valid_to > now())
) g on true
where (s.hash = $1::bytea or s.id = $2::uuid) and s.ended_at is null and s.expires_at > now()
  and s.seen_at > now() - make_interval(secs => $3::bigint)
  and case when s.account_id is null then h.starts_at <= now() and h.ends_at > now() else a.revoked_at is null end;
