-- An estate that buildings only named gets the identity of the staged outline with its name or code, so that the merge
-- finds it; not from farther away than a given name reaches (import_estate_group). The first outline takes the oldest
-- estate. Columns: count. Callers: data/import_merge.c.
with pair as (
    select e.id, s.seq, s.dataset, s.key
    from import_stage s
    join estate e on e.name in (s.name, s.code)
    where e.valid_to is null and e.id <> 0 and e.outline_source <> 'given'
      and (e.geom is null or st_dwithin(e.geom, s.geom, 0.2))
      and not exists (select 1 from estate x where x.dataset = s.dataset and x.key = s.key and x.valid_to is null)
), adopted as (
    update estate e set dataset = p.dataset, key = p.key
    from pair p
    where e.id = p.id and not exists (select 1 from pair q where q.id = p.id and q.seq < p.seq)
      and not exists (select 1 from pair q where q.seq = p.seq and q.id < p.id)
    returning 1
)
select count(*) from adopted;
