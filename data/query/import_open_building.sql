-- Stores staged buildings of data sets that have none yet: nothing to look up or to compare, which a first import of a
-- city would pay for. Parameters: first seq, seq after the last. Columns: created, updated (0), moved (0), unchanged (0).
-- Callers: data/import_merge.c.
with opened as (
    insert into building (estate_id, dataset, key, codes, name, name_en, use, levels, levels_source, height_m,
                          height_source, min_height_m, dwellings, year_built, area_m2, lon, lat, geom, attributes)
    select coalesce(s.in_estate, 0), s.dataset, s.key, case when s.code is null then '{}' else array[s.code] end, s.name,
           s.name_en, s.kind, s.levels, s.levels_source::levels_source, s.height_m, s.height_source::height_source,
           coalesce(s.min_height_m, 0), s.dwellings, s.year_built, s.area_m2, s.lon, s.lat, s.geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
    returning 1
)
select count(*), 0::bigint, 0::bigint, 0::bigint from opened;
