-- What an estate is like from a day on. What stands there for that day is never changed.
-- Parameters: estate, valid_from, management_type or null, ids of organisation and backstop or null, service_grade or
-- null, fee_per_m2 (text) or null, contract or null, contract_to or null.
-- Columns: what was done: made, same, differs. Callers: cli import profiles.
with made as (
    insert into estate_profile (estate_id, valid_from, management_type, organisation_id, backstop_id, service_grade,
                                fee_per_m2, contract, contract_to)
    values ($1::bigint, $2::timestamptz, $3::text::management_type, $4::bigint, $5::bigint, $6::text,
            $7::text::numeric(8, 2), $8::text, $9::timestamptz)
    on conflict do nothing
    returning estate_id
)
select case when exists (select from made) then 'made'
            when exists (select from estate_profile
                         where estate_id = $1::bigint and valid_from = $2::timestamptz
                           and (management_type, organisation_id, backstop_id, service_grade, fee_per_m2, contract,
                                contract_to)
                               is not distinct from
                               ($3::text::management_type, $4::bigint, $5::bigint, $6::text, $7::text::numeric(8, 2),
                                $8::text, $9::timestamptz)) then 'same'
            else 'differs' end as done;
