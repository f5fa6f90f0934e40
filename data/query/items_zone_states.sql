-- What is known of zones of duty now, as OGC API features: only those of which something is. An interval is of the newest of it.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: all), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/zone_states), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.kind, q.name, q.name_en, q.last_pass_at, q.last_pass_subject_type,
       q.due_at, q.verdict, q.verdict_at, q.swept, q.swept_from, q.swept_at, q.changed_at
from (
    select z.id, z.estate_id, z.kind, z.name, z.name_en, z.geom, s.last_pass_at,
           s.last_pass_subject_type::text as last_pass_subject_type, s.due_at, s.verdict::text as verdict, s.verdict_at,
           s.swept, s.swept_from, s.swept_at, greatest(s.last_pass_at, s.verdict_at, s.swept_at) as changed_at
    from zone_state s
    join zone z on z.estate_id = s.estate_id and z.id = s.zone_id and z.valid_to is null
    where num_nonnulls(s.last_pass_at, s.due_at, s.verdict, s.swept) > 0
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and ($2::timestamptz is null or q.changed_at >= $2::timestamptz)
  and ($3::timestamptz is null or q.changed_at <= $3::timestamptz)
  and ($4::bigint is null or q.id = $4::bigint)
  and true -- filter
order by q.id -- order
limit $5::bigint;
