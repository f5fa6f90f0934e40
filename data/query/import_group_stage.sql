-- The session's stage of estates that rows name: one row a name and a place, since far away the same name is another
-- estate. id is the first seq of its rows. Callers: data/import_stage.c.
create temp table if not exists import_group (
    id integer primary key,
    key text collate "C" not null,
    name text not null,
    guess boolean not null,
    rows bigint not null,
    geom geometry not null,
    in_estate bigint
);
