-- Devices on their way in, as somebody wrote them, and what is found out about them: the building that the text stands
-- for, the device's row of now, whether its place becomes another. Once a connection. Callers: cli/device_put.c.
create temp table if not exists device_stage (
    line integer not null,
    native_id text collate "C" not null,
    kind text,
    name text,
    building text,
    storey smallint,
    lon double precision,
    lat double precision,
    building_id bigint,
    building_estate_id bigint,
    old_id bigint,
    placed boolean,
    moves boolean
) on commit delete rows;
