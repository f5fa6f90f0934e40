-- Does any staged row's data set have buildings already? Columns: yes or no. Callers: data/import_merge.c.
select exists (
    select 1
    from (select distinct dataset from import_stage) s
    join lateral (select 1 from building b where b.dataset = s.dataset and b.valid_to is null limit 1) known on true
);
