-- Outlines of estates that are valid now, a page at a time. Parameters: id after which, how many.
-- Columns: id, estate_id (the same), outline (EWKB). Callers: data/place.c.
select id, id as estate_id, geom from estate
where valid_to is null and geom is not null and id > $1::bigint
order by id limit $2::bigint;
