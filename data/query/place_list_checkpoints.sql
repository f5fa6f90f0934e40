-- Checkpoints that are valid now, a page at a time. Parameters: id after which, how many.
-- Columns: id, estate_id, point (EWKB). Callers: data/place.c.
select id, estate_id, geom from checkpoint where valid_to is null and id > $1::bigint order by id limit $2::bigint;
