-- The session's stage of named residential areas found in the file of the buildings. Callers: data/import_stage.c.
create temp table if not exists import_area (
    dataset text collate "C" not null,
    key text collate "C" not null,
    name text not null,
    name_en text,
    area_m2 real not null,
    geom geometry not null
);
