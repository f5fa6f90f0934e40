-- Merges staged rows into building by (dataset, key): new, changed in place, untouched; closed and opened anew when the
-- estate has changed. Parameters: first seq, seq after the last. Columns: created, updated, moved, unchanged.
-- Callers: data/import_merge.c.
with n as materialized (
    select s.seq, s.dataset, s.key, coalesce(s.estate_id, 0) as estate_id,
           case when s.code is null then '{}' else array[s.code] end as codes,
           s.name, s.name_en, s.kind as use, s.levels, s.levels_source::levels_source as levels_source, s.height_m,
           s.height_source::height_source as height_source, coalesce(s.min_height_m, 0) as min_height_m, s.dwellings,
           s.year_built, s.area_m2, s.lon, s.lat, st_setsrid(st_multi(s.geom), 4326) as geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), o as materialized (
    select n.seq, b.estate_id, b.id, b.estate_id = n.estate_id as stays,
           (b.codes, b.name, b.name_en, b.use, b.levels, b.levels_source, b.height_m, b.height_source, b.min_height_m,
            b.dwellings, b.year_built, b.area_m2, b.lon, b.lat, b.geom, b.attributes)
               is not distinct from
           (n.codes, n.name, n.name_en, n.use, n.levels, n.levels_source, n.height_m, n.height_source, n.min_height_m,
            n.dwellings, n.year_built, n.area_m2, n.lon, n.lat, n.geom, n.attributes) as same
    from n
    join building b on b.dataset = n.dataset and b.key = n.key and b.valid_to is null
), closed as (
    update building b set valid_to = now() from o
    where b.estate_id = o.estate_id and b.id = o.id and not o.stays returning 1
), changed as (
    update building b
    set codes = n.codes, name = n.name, name_en = n.name_en, use = n.use, levels = n.levels,
        levels_source = n.levels_source, height_m = n.height_m, height_source = n.height_source,
        min_height_m = n.min_height_m, dwellings = n.dwellings, year_built = n.year_built, area_m2 = n.area_m2,
        lon = n.lon, lat = n.lat, geom = n.geom, attributes = n.attributes
    from o join n on n.seq = o.seq
    where b.estate_id = o.estate_id and b.id = o.id and o.stays and not o.same
    returning 1
), opened as (
    insert into building (estate_id, dataset, key, codes, name, name_en, use, levels, levels_source, height_m,
                          height_source, min_height_m, dwellings, year_built, area_m2, lon, lat, geom, attributes)
    select n.estate_id, n.dataset, n.key, n.codes, n.name, n.name_en, n.use, n.levels, n.levels_source, n.height_m,
           n.height_source, n.min_height_m, n.dwellings, n.year_built, n.area_m2, n.lon, n.lat, n.geom, n.attributes
    from n
    where not exists (select 1 from o where o.seq = n.seq and o.stays)
    returning 1
)
select (select count(*) from opened) - (select count(*) from closed), (select count(*) from changed),
       (select count(*) from closed), (select count(*) from o where stays and same);
