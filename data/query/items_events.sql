-- What devices told, as OGC API features in the middle of their buildings: not of whom, and not by which
-- device. Ids are microseconds-estate-key.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: all), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/events), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.t_event, q.kind, q.phase, q.severity, q.building_id,
       q.building_estate_id, q.storey, q.subject_type
from (
    select (extract(epoch from x.t_event) * 1000000)::bigint || '-' || x.estate_id || '-' || replace(x.dedup::text, '-', '') as id,
           st_point(b.lon, b.lat, 4326) as geom, x.estate_id, x.t_event, x.kind::text as kind, x.phase::text as phase,
           x.severity, x.building_id, x.building_estate_id, x.storey, x.subject_type::text as subject_type
    from event x
    left join building b on b.estate_id = x.building_estate_id and b.id = x.building_id
    where x.kind <> 'position'
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and ($2::timestamptz is null or q.t_event >= $2::timestamptz)
  and ($3::timestamptz is null or q.t_event <= $3::timestamptz)
  and ($4::text is null or q.id = $4::text and q.t_event = timestamptz 'epoch'
       + case when $4::text ~ '^[0-9]{1,17}-' then split_part($4::text, '-', 1)::bigint end * interval '1 microsecond')
  and true -- filter
order by q.id -- order
limit $5::bigint;
