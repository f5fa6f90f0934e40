-- Guards, cleaners and vehicles where they are, as OGC API features, under their call signs: never a pseudonym.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: all), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/assets), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.label, q.label_en, q.subject_type, q.t_event, q.course_deg,
       q.speed_mps, q.at_estate_id, q.building_id
from (
    select id, estate_id, label, label_en, subject_type::text as subject_type, t_event, course_deg, speed_mps, at_estate_id,
           building_id, st_point(lon, lat, 4326) as geom
    from asset_state
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and ($2::timestamptz is null or q.t_event >= $2::timestamptz)
  and ($3::timestamptz is null or q.t_event <= $3::timestamptz)
  and ($4::bigint is null or q.id = $4::bigint)
  and true -- filter
order by q.id -- order
limit $5::bigint;
