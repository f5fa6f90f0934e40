-- What is known of buildings now, as OGC API features: only those of which something is. An interval is of the newest of it.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: all), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/building_states), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.name, q.name_en, q.last_pass_at, q.last_pass_subject_type,
       q.last_event_at, q.last_alarm_at, q.due_at, q.verdict, q.verdict_at, q.breach_at, q.breached_at, q.blind,
       q.changed_at
from (
    select b.id, b.estate_id, b.name, b.name_en, b.geom, s.last_pass_at,
           s.last_pass_subject_type::text as last_pass_subject_type, s.last_event_at, s.last_alarm_at, s.due_at,
           s.verdict::text as verdict, s.verdict_at, nullif(s.breach_at, 'infinity') as breach_at, s.breached_at, s.blind,
           greatest(s.last_pass_at, s.last_event_at, s.last_alarm_at, s.verdict_at) as changed_at
    from building_state s
    join building b on b.estate_id = s.estate_id and b.id = s.building_id and b.valid_to is null
    where s.blind or num_nonnulls(s.last_pass_at, s.last_event_at, s.last_alarm_at, s.due_at, s.verdict, s.breach_at) > 0
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and ($2::timestamptz is null or q.changed_at >= $2::timestamptz)
  and ($3::timestamptz is null or q.changed_at <= $3::timestamptz)
  and ($4::bigint is null or q.id = $4::bigint)
  and true -- filter
order by q.id -- order
limit $5::bigint;
