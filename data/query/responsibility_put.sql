-- Who holds a post. The same post is the same estate, building, kind and label. What it says since the same moment is put
-- right in place; since another moment, the post as it was ends there and goes on as it is now.
-- Parameters: estate, building or null, kind, organisation's id or null, label, label_en or null, from (null: what it says
-- holds already or from now on), to or null. Columns: what was done: same, changed, made. Callers: cli import roles.
with wished as (
    select $1::bigint as estate_id, $2::bigint as building_id, $3::text as kind, $4::bigint as organisation_id,
           $5::text as label, $6::text as label_en, $7::timestamptz as since, $8::timestamptz as until
), current as (
    select r.id, r.valid_from, w.since is null or w.since = r.valid_from as stays,
           (r.organisation_id, r.label_en) is not distinct from (w.organisation_id, w.label_en) as alike,
           r.valid_to is not distinct from w.until as ends
    from wished w
    join responsibility r on r.estate_id = w.estate_id and r.building_id is not distinct from w.building_id
                             and r.kind = w.kind and r.label = w.label
    where r.valid_from = w.since
       or r.valid_from <= coalesce(w.since, now())
          and (r.valid_to is null or r.valid_to > coalesce(w.since, now()) or r.valid_to = w.until)
    order by r.valid_from desc
    limit 1
), decided as (
    select case when c.id is null then 'make'
                when c.stays and c.alike and c.ends then 'keep'
                when c.stays and (c.alike or c.valid_from = coalesce(w.since, now())) then 'mend'
                else 'follow' end as what, c.id
    from wished w
    left join current c on true
), mended as (
    update responsibility r
    set organisation_id = w.organisation_id, label_en = w.label_en,
        valid_to = w.until
    from wished w, decided d
    where d.what = 'mend' and r.estate_id = w.estate_id and r.id = d.id
    returning r.id
), ended as (
    update responsibility r
    set valid_to = coalesce(w.since, now())
    from wished w, decided d
    where d.what = 'follow' and r.estate_id = w.estate_id and r.id = d.id
    returning r.id
), made as (
    insert into responsibility (estate_id, building_id, kind, organisation_id, label, label_en, valid_from, valid_to)
    select w.estate_id, w.building_id, w.kind, w.organisation_id, w.label, w.label_en, coalesce(w.since, now()), w.until
    from wished w, decided d
    where d.what in ('make', 'follow')
    returning id
)
select case what when 'make' then 'made' when 'keep' then 'same' else 'changed' end as done,
       (select count(*) from mended) + (select count(*) from ended) + (select count(*) from made) as rows
from decided;
