-- Gives an account a role, unless it has that very one already.
-- Parameters: account id, role, estates (bigint[] or null), organisation id, community id, street id, district id (or
-- null), from (null: now), to (null: for good).
-- Columns: added; sees (false: a role of this kind must be told whose estates), nothing (servers are told).
-- Callers: cli (user, token, import).
with old as (
    select 1
    from role_grant
    where account_id = $1::bigint and role = $2::text::access_role and estate_ids is not distinct from $3::bigint[]
      and organisation_id is not distinct from $4::bigint and community_id is not distinct from $5::bigint
      and street_id is not distinct from $6::bigint and district_id is not distinct from $7::bigint
      and case when $8::timestamptz is null then valid_from <= now() else valid_from = $8::timestamptz end
      and valid_to is not distinct from $9::timestamptz
), made as (
    insert into role_grant (account_id, role, estate_ids, organisation_id, community_id, street_id, district_id, valid_from,
                            valid_to)
    select $1::bigint, $2::text::access_role, $3::bigint[], $4::bigint, $5::bigint, $6::bigint, $7::bigint,
           coalesce($8::timestamptz, now()), $9::timestamptz
    where not exists (select from old)
    returning access_grant_all(role_grant) or estate_ids is not null
              or num_nonnulls(organisation_id, community_id, street_id, district_id) > 0 as sees
)
select exists (select from made) as added, coalesce((select sees from made), true) as sees, pg_notify('hutong_access', '');
