-- The demo's estates, by code. Parameters: none. Columns: id, code, main building (one that most routes pass, the largest of
-- them) or null. Callers: cli up (--demo), cli simulate (--past).
select e.id, e.code, main.id
from estate e
left join lateral (
    select b.id
    from building b
    where b.estate_id = e.id and b.valid_to is null
    order by (select count(*) from route r
              where r.estate_id = e.id and r.valid_to is null and st_dwithin(r.geom::geography, b.geom::geography, 15)) desc,
             b.area_m2 desc, b.id
    limit 1
) main on true
where e.dataset like 'demo-%' and e.valid_to is null
order by e.code;
