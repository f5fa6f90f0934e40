-- Keeps a zone's grid, if it is not there. Parameters: estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable,
-- mask (bytea of the bits, row by row). Columns: nothing. Callers: duty/track_zone.c.
insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable, mask)
select $1::bigint, $2::bigint, $3::uuid, $4::double precision, $5::double precision, $6::double precision, $7::bigint, $8::bigint,
       $9::bigint, $10::bit varying
on conflict do nothing;
