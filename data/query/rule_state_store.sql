-- How a rule's thing is now. Parameters: estate_id, rule_id, thing, rule_version, state, since, heard_at, due_at, hit_at, dedup,
-- home_estate_id, device_id, duty_id, building_id, storey, lon, lat, incident_id. Columns: nothing. Callers: incident/rule_hit.c.
insert into rule_state (estate_id, rule_id, thing, rule_version, state, since, heard_at, due_at, hit_at, dedup, home_estate_id,
                        device_id, duty_id, building_id, storey, lon, lat, incident_id)
values ($1::bigint, $2::bigint, $3::text, $4::bigint::integer, $5::text, $6::timestamptz, $7::timestamptz, $8::timestamptz,
        $9::timestamptz, $10::uuid, $11::bigint, $12::bigint, $13::bigint, $14::bigint, $15::bigint::smallint,
        $16::double precision, $17::double precision, $18::bigint)
on conflict (estate_id, rule_id, thing) do update
set rule_version = excluded.rule_version, state = excluded.state, since = excluded.since, heard_at = excluded.heard_at,
    due_at = excluded.due_at, hit_at = excluded.hit_at, dedup = excluded.dedup, home_estate_id = excluded.home_estate_id,
    device_id = excluded.device_id, duty_id = excluded.duty_id, building_id = excluded.building_id, storey = excluded.storey,
    lon = excluded.lon, lat = excluded.lat, incident_id = excluded.incident_id;
