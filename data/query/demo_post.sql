-- Posts of the demo: a steward for every twelve buildings of an estate, a site office an estate, a committee and volunteers
-- where there are any. Call signs alone. Those that are there stay. Parameters: organisations' codes of the committee and the
-- volunteers, the estate's code they belong to. Columns: nothing. Callers: cli up (--demo).
with numbered as (
    select b.estate_id, b.id, e.organisation_id, (row_number() over (partition by b.estate_id order by b.key) - 1) / 12 + 1 as n
    from building b
    join estate e on e.id = b.estate_id
    where e.dataset like 'demo-%' and e.valid_to is null and b.valid_to is null
), wished as (
    select estate_id, id as building_id, 'steward' as kind, organisation_id, format('楼栋管家%s', n) as label, format('Steward %s', n) as label_en
    from numbered
    union all
    select id, null, 'site', organisation_id, name || '项目部', coalesce(name_en, code) || ' site office'
    from estate where dataset like 'demo-%' and valid_to is null and organisation_id is not null
    union all
    select e.id, null, p.kind, o.id, o.name, o.name_en
    from (values ('committee', $1::text), ('volunteer', $2::text)) p (kind, code)
    join organisation o on o.code = p.code
    join estate e on e.code = $3::text and e.valid_to is null
)
insert into responsibility (estate_id, building_id, kind, organisation_id, label, label_en, valid_from)
select w.*, date_trunc('day', now(), 'UTC') - interval '30 days'
from wished w
where not exists (select from responsibility r where r.estate_id = w.estate_id and r.building_id is not distinct from w.building_id
                  and r.kind = w.kind and r.label = w.label);
