-- Is there an estate with an outline of its own? Columns: yes or no. Callers: data/import_merge.c.
select exists (select 1 from estate where valid_to is null and outline_source = 'given' and geom is not null);
