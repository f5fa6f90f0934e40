-- Incidents join what the map's mirror follows: what a screen needs of an open one, and no words of whoever reported it - a
-- title may hold a name. `set table` replaces the whole list, as 0028_feed_duty.sql says: the next one who changes it repeats
-- all of it.
alter publication hutong_feed set table
    landuse (id, class, name, name_en, geom, valid_to),
    water (id, class, name, name_en, geom, valid_to),
    road (id, class, name, name_en, geom, valid_to),
    place (id, class, name, name_en, geom, valid_to),
    estate (id, name, name_en, management_type, geom, valid_to),
    grid (id, kind, code, name, name_en, geom, valid_to),
    zone (estate_id, id, kind, name, name_en, geom, valid_to),
    building (estate_id, id, codes, name, name_en, use, levels, height_m, min_height_m, dwellings, year_built, area_m2,
              lon, lat, geom, valid_to),
    route (estate_id, id, name, name_en, geom, valid_to),
    checkpoint (estate_id, id, name, name_en, geom, valid_to),
    facility (estate_id, id, kind, name, name_en, geom, valid_to),
    device (estate_id, id, kind, name, building_id, building_estate_id, storey, lon, lat, state, valid_to),
    device_state (estate_id, device_id, kind, channel, t_event, phase, severity),
    device_duty (estate_id, device_id, uptime, uptime_from, overflow_s, due_at, verdict, verdict_at),
    building_state (estate_id, building_id, last_pass_at, last_pass_subject_type, last_event_at, last_alarm_at,
                    due_at, verdict, verdict_at, duty_every, breach_at, breached_at, blind),
    zone_state (estate_id, zone_id, last_pass_at, last_pass_subject_type, due_at, verdict, verdict_at, swept, swept_from,
                swept_at),
    asset_state (estate_id, subject, id, subject_type, label, label_en, t_event, lon, lat, acc_m, speed_mps, course_deg,
                 battery, at_estate_id, building_id, flags, stored_at),
    incident (estate_id, id, version, category, severity, state, level, building_id, storey, lon, lat, drill, organisation_id,
              reported_at, state_at, closed_at, breach_at);
