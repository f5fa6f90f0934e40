-- Facilities, as OGC API features: those that are valid now, or that were at any time of an interval.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: now), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/facilities), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.kind, q.name, q.name_en, q.valid_from, q.valid_to
from facility q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and case when $2::timestamptz is null and $3::timestamptz is null then q.valid_to is null
           else q.valid_from <= coalesce($3::timestamptz, 'infinity')
                and coalesce(q.valid_to, 'infinity') > coalesce($2::timestamptz, '-infinity') end
  and ($4::bigint is null or q.id = $4::bigint)
  and true -- filter
order by q.id -- order
limit $5::bigint;
