-- What the map's mirror follows (data/feed.c): outlines and the latest state of each thing, by logical replication. Of
-- each table only what tiles, filters and the stream need: keys, names, figures, outlines, times. Facts are not published,
-- nor measures, nor native ids of devices; the pseudonym of asset_state is its key and goes no further than the mirror.
-- A published column that is renamed stops the mirror, which names it. Its type cannot change, nor can it be dropped unless by
-- `cascade`, which takes the whole table out unseen: a migration that does so takes it out first, and puts it back.
-- A publication outlives its schema: one that lost its tables gives way.
drop publication if exists hutong_feed;
do $$
begin
    create publication hutong_feed for table
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
        building_state (estate_id, building_id, last_pass_at, last_pass_subject_type, last_event_at, last_alarm_at),
        zone_state (estate_id, zone_id, last_pass_at, last_pass_subject_type),
        asset_state (estate_id, subject, id, subject_type, label, label_en, t_event, lon, lat, acc_m, speed_mps, course_deg,
                     battery, at_estate_id, building_id, flags, stored_at)
        with (publish = 'insert, update, delete, truncate');
exception when insufficient_privilege then
    raise insufficient_privilege using
        message = format('%s may not make the publication hutong_feed: %s', current_user, sqlerrm),
        hint = format('as a superuser run: grant create on database %I to %I; the tables must be the role''s own',
                      current_database(), current_user);
end
$$;
