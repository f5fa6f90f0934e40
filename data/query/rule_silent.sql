-- Hits of a rule among the devices of which nothing was heard for hold_s, as far as their source was read: what nobody could
-- hear is no silence.
-- Parameters: rule_id, rule_version, its estate_id (null: all), key, max_age_s, now, hold_s. Columns: how many.
-- Callers: incident/rule_watch.c, with a filter.
with q as (
    select d.estate_id as home_estate_id, d.id, coalesce(d.building_estate_id, d.estate_id) as estate_id, d.last_seen, d.kind as device_kind,
           s.name as source, s.format, d.messages, d.building_id, d.storey, d.lon, d.lat
    from device d
    join source s on s.id = d.source_id and s.removed_at is null
    join source_stat t on t.estate_id = d.estate_id and t.source_id = d.source_id
    where d.valid_to is null and d.state = 'accepted'
      and d.last_seen <= least(t.dry_at, $6::timestamptz) - $7::bigint * interval '1 second'
      and d.last_seen > $6::timestamptz - ($7::bigint + $5::bigint) * interval '1 second'
), hit as (
    insert into rule_hit (estate_id, t_event, rule_id, dedup, rule_version, begins, thing, since, home_estate_id, device_id, building_id,
                          storey, lon, lat)
    select q.estate_id, $6::timestamptz, $1::bigint, md5(format('silent %s %s', q.id, q.last_seen))::uuid, $2::bigint, true, 'd' || q.id,
           q.last_seen, q.home_estate_id, q.id, q.building_id, q.storey, q.lon, q.lat
    from q
    where ($3::bigint is null or q.estate_id = $3::bigint)
      and not ($3::bigint is null and exists (select from rule o where o.key = $4::text and o.estate_id = q.estate_id and o.valid_to is null))
      and not exists (select from rule_state r
                      where r.estate_id = q.estate_id and r.rule_id = $1::bigint and r.thing = 'd' || q.id and r.state <> 'clear')
      and true -- filter
    on conflict do nothing
    returning 1
)
select count(*) from hit;
