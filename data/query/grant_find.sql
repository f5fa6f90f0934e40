-- What a role is to be given for, by the names that people write.
-- Parameters: account, role, estates (bigint[] or null), organisation, community, street, district (code; an organisation's
-- also by id), each null when not named. Columns: account id, whether there is such a role, the first estate that there is
-- not, organisation id, community id, street id, district id (null where there is none). Callers: cli (user, token, import).
select (select id from account where name = $1::text and revoked_at is null) as account_id,
       exists (select from unnest(enum_range(null::access_role)) r where r::text = $2::text) as role_known,
       (select min(n) from unnest($3::bigint[]) n where not exists (select from estate e where e.id = n)) as missing,
       (select id from organisation where code = $4::text or id::text = $4::text order by code = $4::text desc limit 1)
           as organisation_id,
       (select id from community where code = $5::text) as community_id,
       (select id from street where code = $6::text) as street_id,
       (select id from district where code = $7::text) as district_id;
