-- States that have lasted long enough by now. Parameters: now, how many at most. Columns: as rule_hits.sql's up to
-- incident_id. Callers: incident/rule_hit.c.
select s.estate_id, s.hit_at as t_event, s.rule_id, s.dedup, s.rule_version, true as begins, s.thing, s.since, false as old, s.home_estate_id,
       s.device_id, s.duty_id, s.building_id, s.storey, s.lon, s.lat, r.hold_s, r.watches = 'event' and r.clear is null as impulse,
       r.watches::text, null::text as place, null::text as note, s.state, s.since, s.heard_at, s.due_at, s.hit_at, s.dedup, s.incident_id
from rule_state s
join rule r on r.id = s.rule_id and r.version = s.rule_version
where s.due_at <= $1::timestamptz
order by s.due_at, s.estate_id, s.rule_id, s.thing
limit $2::bigint;
