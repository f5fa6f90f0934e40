-- Verdicts on windows of duties, the newest of each, as OGC API features at their places. Ids are microseconds-estate-duty-place.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: all), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/verdicts), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.duty_id, q.place_kind, q.place_id, q.t_from, q.t_to, q.verdict,
       q.reason, q.found, q.best, q.needed, q.blind_s, q.formula, q.formula_version, q.version, q.recorded_at
from (
    select (extract(epoch from x.t_from) * 1000000)::bigint || '-' || x.estate_id || '-' || x.duty_id || '-' || x.place_id as id,
           coalesce(st_point(b.lon, b.lat, 4326), c.geom, st_pointonsurface(z.geom), f.geom) as geom, x.estate_id, x.duty_id,
           x.place_kind::text as place_kind, x.place_id, x.t_from, x.t_to, v.verdict::text as verdict, v.reason, v.found, v.best,
           v.needed, v.blind_s, v.formula, v.formula_version, v.version, v.recorded_at
    from duty_window x
    cross join lateral (
        select * from verdict n
        where n.estate_id = x.estate_id and n.t_from = x.t_from and n.duty_id = x.duty_id and n.place_id = x.place_id
        order by n.version desc
        limit 1
    ) v
    left join building b on x.place_kind = 'building' and b.estate_id = x.estate_id and b.id = x.place_id
    left join checkpoint c on x.place_kind = 'checkpoint' and c.estate_id = x.estate_id and c.id = x.place_id
    left join zone z on x.place_kind = 'zone' and z.estate_id = x.estate_id and z.id = x.place_id
    left join facility f on x.place_kind = 'facility' and f.estate_id = x.estate_id and f.id = x.place_id
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and ($2::timestamptz is null or q.t_to > $2::timestamptz)
  and ($3::timestamptz is null or q.t_from <= $3::timestamptz)
  and ($4::text is null or q.id = $4::text and q.t_from = timestamptz 'epoch'
       + case when $4::text ~ '^[0-9]{1,17}-' then split_part($4::text, '-', 1)::bigint end * interval '1 microsecond')
  and true -- filter
order by q.id -- order
limit $5::bigint;
