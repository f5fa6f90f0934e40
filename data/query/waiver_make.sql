-- Waives windows, and has judge look at those of that time again. Parameters: estate id, duty id, place kind, place id (each or
-- null), from, to, reason, approver. Columns: id. No row: the estate has no such duty or place.
-- Callers: api (POST /api/waivers).
with named as (
    select true as there
    where ($2::bigint is null or exists (select from duty d where d.estate_id = $1::bigint and d.id = $2::bigint))
      and case $3::text
              when 'building' then exists (select from building x where x.estate_id = $1::bigint and x.id = $4::bigint)
              when 'entrance' then exists (select from entrance x where x.estate_id = $1::bigint and x.id = $4::bigint)
              when 'checkpoint' then exists (select from checkpoint x where x.estate_id = $1::bigint and x.id = $4::bigint)
              when 'route' then exists (select from route x where x.estate_id = $1::bigint and x.id = $4::bigint)
              when 'zone' then exists (select from zone x where x.estate_id = $1::bigint and x.id = $4::bigint)
              when 'facility' then exists (select from facility x where x.estate_id = $1::bigint and x.id = $4::bigint)
              else $3::text is null or exists (select from device x where $1::bigint in (x.estate_id, x.building_estate_id)
                                               and x.id = $4::bigint) end
), again as (
    insert into judge_again (estate_id, t_from, t_to, why)
    select $1::bigint, $5::timestamptz, $6::timestamptz, 'waiver' from named
)
insert into waiver (estate_id, duty_id, place_kind, place_id, t_from, t_to, reason, approver)
select $1::bigint, $2::bigint, $3::text::duty_subject, $4::bigint, $5::timestamptz, $6::timestamptz, $7::text, $8::text from named
returning id;
