-- Who answers for a building at a moment, the nearest first: posts at it and at its estate, what the estate is like then,
-- its organisation and those above, who steps in where nobody manages, the grids that it lies in.
-- Parameters: estate, building, the moment. Columns: part (post, profile, organisation, backstop, grid); kind (of the post,
-- organisation, grid; of a profile the management type); at (building, estate; null for the rest); level (organisations:
-- 0 its own, 1 the one above ...); id; code; label, label_en (of posts and places; the names of organisations);
-- organisation's id, code, name and name_en (of a post or profile, and of organisations themselves); valid_from, valid_to;
-- service_grade, fee_per_m2, contract, contract_to (of the profile). No row: there is no such building then.
-- Callers: api (GET /api/buildings/{id}/responsible), tests.
with recursive moment as (
    select b.estate_id, b.id as building_id, st_point(b.lon, b.lat, 4326) as spot
    from building b
    where b.estate_id = $1::bigint and b.id = $2::bigint and b.valid_from <= $3::timestamptz
      and (b.valid_to is null or b.valid_to > $3::timestamptz)
), profile as (
    select p.*, lead_from.valid_from as next_from
    from moment m
    cross join lateral (select * from estate_profile p
                        where p.estate_id = m.estate_id and p.valid_from <= $3::timestamptz
                        order by p.valid_from desc limit 1) p
    left join lateral (select min(n.valid_from) as valid_from from estate_profile n
                       where n.estate_id = p.estate_id and n.valid_from > p.valid_from) lead_from on true
), above (level, organisation_id, backstop) as (
    -- A profile says who manages from then on, also that nobody does; before the first the estate's own row does.
    select 0, case when exists (select from profile) then (select organisation_id from profile) else e.organisation_id end,
           false
    from moment m join estate e on e.id = m.estate_id
    union all
    select 0, backstop_id, true from profile where backstop_id is not null
    union all
    select a.level + 1, o.parent_id, a.backstop
    from above a join organisation o on o.id = a.organisation_id
    where o.parent_id is not null and a.level < 20 and not a.backstop
), answers as (
    select case when r.building_id is null then 2 else 1 end as place, 'post' as part, r.kind,
           case when r.building_id is null then 'estate' else 'building' end as at, null::int as level, r.id,
           null::text as code, r.label, r.label_en, r.organisation_id, r.valid_from, r.valid_to,
           null::text as service_grade, null::numeric as fee_per_m2, null::text as contract, null::timestamptz as contract_to
    from moment m
    join responsibility r on r.estate_id = m.estate_id and (r.building_id is null or r.building_id = m.building_id)
    where r.valid_from <= $3::timestamptz and (r.valid_to is null or r.valid_to > $3::timestamptz)
    union all
    select 3, 'profile', p.management_type::text, 'estate', null, p.estate_id, null, null, null, p.organisation_id,
           p.valid_from, p.next_from, p.service_grade, p.fee_per_m2, p.contract, p.contract_to
    from profile p
    union all
    select case when a.backstop then 5 else 4 end, case when a.backstop then 'backstop' else 'organisation' end, o.kind, null,
           a.level, o.id, o.code, o.name, o.name_en, o.id, null, null, null, null, null, null
    from above a join organisation o on o.id = a.organisation_id
    union all
    select 6, 'grid', g.kind, null, null, g.id, g.code, g.name, g.name_en, null, g.valid_from, g.valid_to, null, null, null,
           null
    from moment m
    join grid g on st_intersects(g.geom, m.spot)
    where g.valid_from <= $3::timestamptz and (g.valid_to is null or g.valid_to > $3::timestamptz)
)
select a.part, a.kind, a.at, a.level, a.id, a.code, a.label, a.label_en, a.organisation_id, o.code as organisation_code,
       o.name as organisation_name, o.name_en as organisation_name_en, a.valid_from, a.valid_to, a.service_grade,
       a.fee_per_m2::float8 as fee_per_m2, a.contract, a.contract_to
from answers a
left join organisation o on o.id = a.organisation_id
order by a.place, a.level, a.kind, a.id;
