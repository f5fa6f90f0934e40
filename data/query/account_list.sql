-- Accounts with their roles, those in use first. Columns: name, label, state (ok, locked, revoked), roles (each valid one
-- with whose estates, separated by '; '), signs in by (password, oidc, both or nothing), all of it as JSON.
-- Callers: cli user list.
with place as (
    select g.account_id, g.id, g.role, g.valid_from, g.valid_to,
           g.valid_from <= now() and (g.valid_to is null or g.valid_to > now()) as valid,
           g.estate_ids, o.code as organisation, c.code as community, s.code as street, d.code as district,
           case when access_grant_all(g) then 'all'
                when g.estate_ids is not null then 'estates ' || array_to_string(g.estate_ids, ',')
                else coalesce('organisation ' || o.code, 'community ' || c.code, 'street ' || s.code, 'district ' || d.code)
           end as whose
    from role_grant g
    left join organisation o on o.id = g.organisation_id
    left join community c on c.id = g.community_id
    left join street s on s.id = g.street_id
    left join district d on d.id = g.district_id
), given as (
    select account_id,
           string_agg(role::text || ' (' || whose || case when valid_to is not null
                          then ' until ' || to_char(valid_to, 'YYYY-MM-DD HH24:MI') else '' end || ')',
                      '; ' order by role, id) filter (where valid) as roles,
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'role', role, 'valid', valid, 'estates', estate_ids, 'organisation', organisation, 'community', community,
               'street', street, 'district', district, 'sees', whose, 'valid_from', valid_from, 'valid_to', valid_to))
               order by role, id) as list
    from place
    group by account_id
)
select a.name, a.label, v.state, coalesce(g.roles, '') as roles, v.signs_in,
       jsonb_strip_nulls(jsonb_build_object(
           'id', a.id, 'name', a.name, 'label', a.label, 'state', v.state, 'signs_in', v.signs_in,
           'created_at', a.created_at, 'revoked_at', a.revoked_at,
           'password_changed_at', a.password_changed_at, 'oidc_issuer', a.oidc_issuer,
           'oidc_subject', a.oidc_subject, 'sessions', (select count(*) from session s where s.account_id = a.id
                                                        and s.ended_at is null and s.expires_at > now()),
           'grants', coalesce(g.list, '[]')))::text as json
from account a
left join given g on g.account_id = a.id
cross join lateral (
    select case when a.revoked_at is not null then 'revoked' when a.locked_until > now() then 'locked' else 'ok' end as state,
           concat_ws(' and ', case when a.password_hash is not null then 'password' end,
                     case when a.oidc_issuer is not null then 'oidc' end) as signs_in
) v
order by a.revoked_at is not null, a.name;
