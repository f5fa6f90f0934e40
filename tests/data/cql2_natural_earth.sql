-- The tables for the data set of shared/cql2: its columns, by its names; fid first, geom second. What follows the
-- layers' own columns is filled by cql2_natural_earth_more.sql.

create table ne_110m_admin_0_countries (
    fid bigint primary key,
    geom geometry(geometry, 4326),
    "TYPE" text,
    "ADM0_A3" text,
    "NAME" text,
    "NAME_LONG" text,
    "ABBREV" text,
    "POSTAL" text,
    "FORMAL_EN" text,
    "NAME_SORT" text,
    "POP_EST" double precision,
    "ECONOMY" text,
    "INCOME_GRP" text,
    "CONTINENT" text,
    "REGION_UN" text,
    "SUBREGION" text,
    "REGION_WB" text,
    "WIKIDATAID" text,
    "NAME_DE" text,
    "NAME_EN" text,
    "NAME_EL" text,
    "box" geometry(geometry, 4326),
    "centre" geometry(geometry, 4326),
    "words" text[]
);

create table ne_110m_rivers_lake_centerlines (
    fid bigint primary key,
    geom geometry(geometry, 4326),
    "name" text,
    "name_en" text,
    "wikidataid" text,
    "label" text,
    "name_de" text,
    "name_el" text
);

create table ne_110m_populated_places_simple (
    fid bigint primary key,
    geom geometry(geometry, 4326),
    "featurecla" text,
    "name" text,
    "namepar" text,
    "namealt" text,
    "nameascii" text,
    "capin" text,
    "sov0name" text,
    "sov_a3" text,
    "adm0name" text,
    "adm0_a3" text,
    "adm1name" text,
    "note" text,
    "pop_max" integer,
    "pop_min" integer,
    "pop_other" integer,
    "meganame" text,
    "ls_name" text,
    "date" date,
    "start" timestamptz,
    "end" timestamptz,
    "boolean" boolean,
    "names" text[],
    "pops" bigint[],
    "ratio" double precision,
    "small" smallint
);
