-- Passes, the newest version of each, as OGC API features at their places: when, not who. Ids are microseconds-estate-digest: the
-- digest is of the key with its pseudonym, which cannot be told from it.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: all), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/passes), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.place_kind, q.place_id, q.subject_type, q.t_from, q.t_to,
       q.nearest_m, q.acc_m, q.method, q.open
from (
    select (extract(epoch from x.t_event) * 1000000)::bigint || '-' || x.estate_id || '-'
               || md5(concat_ws(' ', x.subject, x.estate_id, x.t_event, x.place_kind, x.place_id)) as id,
           coalesce(st_point(b.lon, b.lat, 4326), c.geom, st_pointonsurface(z.geom)) as geom, x.estate_id, x.place_kind,
           x.place_id, x.subject_type::text as subject_type, x.t_event as t_from, x.t_to, x.nearest_m, x.acc_m, x.method,
           x.open
    from pass x
    left join building b on x.place_kind = 'building' and b.estate_id = x.estate_id and b.id = x.place_id
    left join checkpoint c on x.place_kind = 'checkpoint' and c.estate_id = x.estate_id and c.id = x.place_id
    left join zone z on x.place_kind = 'zone' and z.estate_id = x.estate_id and z.id = x.place_id
    where not exists (
        select from pass n
        where n.estate_id = x.estate_id and n.t_event = x.t_event and n.subject = x.subject and n.place_kind = x.place_kind
          and n.place_id = x.place_id and n.version > x.version
    )
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and ($2::timestamptz is null or q.t_to >= $2::timestamptz)
  and ($3::timestamptz is null or q.t_from <= $3::timestamptz)
  and ($4::text is null or q.id = $4::text and q.t_from = timestamptz 'epoch'
       + case when $4::text ~ '^[0-9]{1,17}-' then split_part($4::text, '-', 1)::bigint end * interval '1 microsecond')
  and true -- filter
order by q.id -- order
limit $5::bigint;
