-- What the demo's district consists of stood there a month ago: duties of yesterday concern it. Parameters: none.
-- Columns: nothing. Callers: cli up (--demo).
with since as (
    select date_trunc('day', now(), 'UTC') - interval '30 days' as at
), building_since as (
    update building set valid_from = s.at from since s where dataset like 'demo-%' and valid_to is null and valid_from > s.at
), zone_since as (
    update zone set valid_from = s.at from since s where dataset like 'demo-%' and valid_to is null and valid_from > s.at
), route_since as (
    update route set valid_from = s.at from since s where dataset like 'demo-%' and valid_to is null and valid_from > s.at
), checkpoint_since as (
    update checkpoint set valid_from = s.at from since s where dataset like 'demo-%' and valid_to is null and valid_from > s.at
), facility_since as (
    update facility set valid_from = s.at from since s where dataset like 'demo-%' and valid_to is null and valid_from > s.at
), device_since as (
    update device d set valid_from = s.at
    from since s, source o
    where o.id = d.source_id and o.estate_id = d.estate_id and o.name like 'demo-%' and d.valid_to is null and d.valid_from > s.at
)
update estate set valid_from = s.at from since s where dataset like 'demo-%' and valid_to is null and valid_from > s.at;
