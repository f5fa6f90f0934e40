-- Takes a role from an account. Parameters: account's name, role. Columns: how many grants that were, nothing (servers are
-- told). Callers: cli user revoke --role.
with gone as (
    delete from role_grant g using account a
    where a.name = $1::text and g.account_id = a.id and g.role::text = $2::text and g.valid_from >= now()
    returning 1
), ended as (
    update role_grant g set valid_to = now()
    from account a
    where a.name = $1::text and g.account_id = a.id and g.role::text = $2::text and g.valid_from < now()
      and (g.valid_to is null or g.valid_to > now())
    returning 1
)
select (select count(*) from gone) + (select count(*) from ended) as grants, pg_notify('hutong_access', '');
