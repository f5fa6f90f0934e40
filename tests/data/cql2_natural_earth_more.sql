-- Columns of kinds that the data set lacks: arrays, a broken number, a small one, further geometries.
update ne_110m_populated_places_simple set
    names = case when fid % 50 = 0 then null when fid % 40 = 0 then '{}'
                 else array_remove(array[name, nameascii, namealt], null) end,
    pops = case when fid % 60 = 0 then null else array[pop_max, pop_min, pop_other] end,
    ratio = case when fid % 70 = 0 then 'NaN'::float8 else pop_min::float8 / nullif(pop_max, 0) end,
    small = case when fid % 30 = 0 then null else (fid - 120)::smallint end;
update ne_110m_admin_0_countries set
    box = st_envelope(geom),
    centre = case when fid % 45 = 0 then null else st_pointonsurface(geom) end,
    words = string_to_array("NAME_LONG", ' ');
