-- Finds the estates that groups of rows name: near them, the data set's own first, then by code. An estate without
-- outline lies nowhere: a guess takes only one of its own data set, a given name any. A code or key of the own data set
-- is an identity and holds however far away. Parameters: dataset. Columns: count. Callers: data/import_merge.c.
with found as (
    select g.id, (
        select e.id from estate e
        where e.valid_to is null and e.id <> 0
          and (g.name in (e.code, e.name, e.name_en) or (e.dataset = $1::text and e.key in (g.name, g.key)))
          and case when e.dataset = $1::text and not g.guess and g.name in (e.code, e.key) then true
                   when e.geom is null then e.dataset = $1::text or not g.guess
                   else st_dwithin(e.geom, g.geom, case when g.guess then 0.02 else 0.2 end) end
        order by e.dataset = $1::text desc, e.key = g.key desc, e.code is not distinct from g.name desc,
                 e.key = g.name desc, st_distance(e.geom, g.geom) nulls last, e.id
        limit 1
    ) as in_estate
    from import_group g
), noted as (
    update import_group g set in_estate = f.in_estate from found f
    where g.id = f.id and f.in_estate is not null
    returning 1
)
select count(*) from noted;
