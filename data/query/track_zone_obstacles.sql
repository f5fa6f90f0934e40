-- What stands or flows in a zone. Parameters: estate_id, id. Columns: outline (EWKB). Callers: duty/track_zone.c.
select b.geom
from zone z
join building b on b.geom && z.geom and st_intersects(b.geom, z.geom) and b.valid_to is null
where z.estate_id = $1::bigint and z.id = $2::bigint
union all
select w.geom
from zone z
join water w on w.geom && z.geom and st_intersects(w.geom, z.geom) and w.valid_to is null
where z.estate_id = $1::bigint and z.id = $2::bigint;
