-- Merges staged rows into building by (dataset, key): new, changed in place, untouched; closed and opened anew when the
-- estate has changed. Parameters: first seq, seq after the last. Columns: created, updated, moved, unchanged.
-- Callers: data/import_merge.c (by data/import_kind.c).
with n as (
    select s.seq, s.dataset, s.key, coalesce(s.in_estate, 0) as estate_id,
           case when s.code is null then '{}' else array[s.code] end as codes,
           s.name, s.name_en, s.kind as use, s.levels, s.levels_source::levels_source as levels_source, s.height_m,
           s.height_source::height_source as height_source, coalesce(s.min_height_m, 0) as min_height_m, s.dwellings,
           s.year_built, s.area_m2, s.lon, s.lat, s.geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), m as materialized (
    select n.*, b.estate_id as old_estate_id, b.id as old_id,
           (b.codes, b.name, b.name_en, b.use, b.levels, b.levels_source, b.height_m, b.height_source, b.min_height_m,
            b.dwellings, b.year_built, b.area_m2, b.lon, b.lat, b.geom, b.attributes)
               is not distinct from
           (n.codes, n.name, n.name_en, n.use, n.levels, n.levels_source, n.height_m, n.height_source, n.min_height_m,
            n.dwellings, n.year_built, n.area_m2, n.lon, n.lat, n.geom, n.attributes) as same
    from n
    left join lateral ( -- one look-up a row, whatever the planner believes about the table
        select * from building x where x.dataset = n.dataset and x.key = n.key and x.valid_to is null limit 1
    ) b on true
), closed as (
    update building b set valid_to = now()
    where b.estate_id = any (array(select old_estate_id from m where old_estate_id <> estate_id))
      and b.id = any (array(select old_id from m where old_estate_id <> estate_id))
    returning 1
), changed as (
    update building b
    set codes = m.codes, name = m.name, name_en = m.name_en, use = m.use, levels = m.levels,
        levels_source = m.levels_source, height_m = m.height_m, height_source = m.height_source,
        min_height_m = m.min_height_m, dwellings = m.dwellings, year_built = m.year_built, area_m2 = m.area_m2,
        lon = m.lon, lat = m.lat, geom = m.geom, attributes = m.attributes
    from m
    where b.id = any (array(select old_id from m where old_estate_id = estate_id and not same))
      and b.estate_id = m.old_estate_id and b.id = m.old_id and m.old_estate_id = m.estate_id and not m.same
    returning 1
), opened as (
    insert into building (estate_id, dataset, key, codes, name, name_en, use, levels, levels_source, height_m,
                          height_source, min_height_m, dwellings, year_built, area_m2, lon, lat, geom, attributes)
    select m.estate_id, m.dataset, m.key, m.codes, m.name, m.name_en, m.use, m.levels, m.levels_source, m.height_m,
           m.height_source, m.min_height_m, m.dwellings, m.year_built, m.area_m2, m.lon, m.lat, m.geom, m.attributes
    from m
    where m.old_id is null or m.old_estate_id <> m.estate_id
    returning 1
)
select (select count(*) from opened) - (select count(*) from closed), (select count(*) from changed),
       (select count(*) from closed), (select count(*) from m where old_estate_id = estate_id and same);
