-- What an account may see now. Parameters: account id.
-- Columns: look; estate_id, null: all of them; of carry: whom incidents are sent to, for task_of(). Where a look is for all
-- and another is not, the estates there are now follow it, because row security wants them by name then (role_of in data/scope.c).
-- A grant without an organisation carries nothing. No row for an account that is revoked or has no valid role.
-- Callers: data/scope.c.
with recursive valid as materialized (
    select g.*, access_grant_all(g) as whole
    from role_grant g
    join account a on a.id = g.account_id
    where a.id = $1::bigint and a.revoked_at is null and g.valid_from <= now()
      and (g.valid_to is null or g.valid_to > now())
), tree (grant_id, organisation_id) as (
    select id, organisation_id from valid where organisation_id is not null and estate_ids is null and role <> 'department'
    union
    select t.grant_id, o.id from tree t join organisation o on o.parent_id = t.organisation_id
), given (grant_id, estate_id) as (
    select id, null::bigint from valid where whole
    union all
    select v.id, e.estate_id from valid v cross join lateral unnest(v.estate_ids) e (estate_id)
    union all
    select t.grant_id, e.id from tree t join estate e on e.organisation_id = t.organisation_id
    union all
    select v.id, e.id
    from valid v
    join district d on d.id = v.district_id or v.district_id is null
    join street s on s.district_id = d.id and (s.id = v.street_id or v.street_id is null)
    join community c on c.street_id = s.id and (c.id = v.community_id or v.community_id is null)
    join estate e on e.community_id = c.id
    where not v.whole and v.estate_ids is null and (v.organisation_id is null or v.role = 'department')
      and num_nonnulls(v.community_id, v.street_id, v.district_id) > 0
), branch (grant_id, organisation_id) as (
    select v.id, v.organisation_id
    from valid v
    join role_look l on l.role = v.role and l.look = 'carry'
    where v.organisation_id is not null
    union
    select b.grant_id, o.id from branch b join organisation o on o.parent_id = b.organisation_id
), sent (whom) as (
    select json_agg(json_build_object('organisation_id', b.organisation_id, 'estate_ids', n.estate_ids)
                    order by b.grant_id, b.organisation_id)::text
    from branch b
    join (select grant_id, case when bool_and(estate_id is not null) then array_agg(estate_id order by estate_id) end as estate_ids
          from given
          group by grant_id) n on n.grant_id = b.grant_id
), seen as (
    select l.look, n.estate_id
    from given n
    join valid v on v.id = n.grant_id
    join role_look l on l.role = v.role
    where l.look <> 'carry' or v.organisation_id is not null
), kinds as (
    select count(distinct look) as some, count(distinct look) filter (where estate_id is null and look <> 'carry') as whole
    from seen
    where look in ('place', 'record', 'unit', 'device', 'incident', 'carry')
), named as (
    select look, estate_id from seen
    union
    select s.look, e.id
    from seen s
    join kinds k on k.some > 1 and k.whole < 5
    cross join estate e
    where s.estate_id is null and s.look in ('place', 'record', 'unit', 'device', 'incident', 'carry')
)
select n.look, n.estate_id, case n.look when 'carry' then s.whom end
from named n
cross join sent s
order by n.look, n.estate_id nulls first;
