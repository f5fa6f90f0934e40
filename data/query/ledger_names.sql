-- What an entry of a ledger names, of its estate; and what a rectification takes over from what it is for - a finding, or an
-- incident that is no dispute -, where nothing else is said. Parameters: estate id, building id, category, organisation id, incident
-- id, survey id, the evidence's incident id (each or null). Columns: is it there: building, category, organisation, incident, survey,
-- evidence (true: none is named); problem, building_id, storey. Callers: api (/api/ledgers/...), cli import surveys, rectifications.
select $2::bigint is null
           or exists (select from building b where b.estate_id = $1::bigint and b.id = $2::bigint and b.valid_to is null) as building,
       $3::text is null or exists (select from incident_category c where c.code = $3::text) as category,
       $4::bigint is null or exists (select from organisation o where o.id = $4::bigint) as organisation,
       $5::bigint is null or i.id is not null as incident, $6::bigint is null or s.id is not null as survey,
       $7::bigint is null or exists (select from incident v where v.estate_id = $1::bigint and v.id = $7::bigint) as evidence,
       coalesce(left(s.finding, 1000), i.title), coalesce(s.building_id, i.building_id), coalesce(s.storey, i.storey)
from (select) one
left join survey s on s.estate_id = $1::bigint and s.id = $6::bigint
left join lateral (
    select x.id, case when x.procedure <> 'dispute' then x.title end as title,
           case when x.procedure <> 'dispute' then x.building_id end as building_id,
           case when x.procedure <> 'dispute' then x.storey end as storey
    from incident x
    where x.estate_id = $1::bigint and x.id = $5::bigint
) i on true;
