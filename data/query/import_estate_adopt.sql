-- An estate that buildings only named gets the identity of the staged outline with its name or code, so that the merge
-- finds it. Columns: count. Callers: data/import_merge.c.
with adopted as (
    update estate e set dataset = s.dataset, key = s.key
    from import_stage s
    where e.valid_to is null and e.id <> 0 and e.outline_source <> 'given' and e.name in (s.name, s.code)
      and not exists (select 1 from estate x where x.dataset = s.dataset and x.key = s.key and x.valid_to is null)
      and not exists (
          select 1 from import_stage t where t.seq < s.seq and e.name in (t.name, t.code)
      )
      and not exists (
          select 1 from estate y
          where y.valid_to is null and y.id < e.id and y.id <> 0 and y.outline_source <> 'given'
            and y.name in (s.name, s.code)
      )
    returning 1
)
select count(*) from adopted;
