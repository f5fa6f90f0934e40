-- Makes estates of the named residential areas that hold staged rows without estate; import_estate_contain then
-- assigns them. Columns: count. Callers: data/import_merge.c.
with used as (
    select distinct on (s.seq) a.dataset, a.key
    from import_stage s
    join import_area a on st_intersects(a.geom, st_setsrid(st_makepoint(s.lon, s.lat), 4326))
    where s.in_estate is null
      and (s.estate_name is null or s.estate_guess)
    order by s.seq, a.area_m2, a.key
), made as (
    insert into estate (dataset, key, name, name_en, outline_source, geom)
    select distinct on (a.dataset, a.key) a.dataset, a.key, a.name, a.name_en, 'given'::outline_source, st_multi(a.geom)
    from import_area a
    where (a.dataset, a.key) in (select dataset, key from used)
    on conflict (dataset, key) where valid_to is null do nothing
    returning 1
)
select count(*) from made;
