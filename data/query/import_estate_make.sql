-- Makes the estates that groups of rows name and nobody has yet; a key that an estate elsewhere has is told apart by
-- the place. Parameters: dataset. Columns: count. Callers: data/import_merge.c.
with wanted as (
    select g.id, g.name,
           case when exists (select 1 from estate e where e.dataset = $1::text and e.key = g.key and e.valid_to is null)
                then format('%s@%s,%s', g.key, round(st_x(st_centroid(g.geom))::numeric, 3),
                            round(st_y(st_centroid(g.geom))::numeric, 3))
                else g.key end as key
    from import_group g
    where g.in_estate is null
), made as (
    insert into estate (dataset, key, name, outline_source)
    select $1::text, w.key, w.name, 'none' from wanted w
    on conflict (dataset, key) where valid_to is null do nothing
    returning id, key
), noted as (
    update import_group g set in_estate = m.id from made m join wanted w on w.key = m.key where g.id = w.id returning 1
)
select (select count(*) from made), (select count(*) from noted);
