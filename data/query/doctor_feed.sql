-- Is everything published that the map follows (data/schema/0031_feed_incident.sql)?
-- Columns: published (null: there is no such publication; else whether it publishes every kind of change), missing (tables
-- that it has not, or not with all their rows; null: none). Callers: cli/doctor_database.c.
select (select p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate
        from pg_publication p where p.pubname = 'hutong_feed') as published,
       (select string_agg(wanted.name, ', ')
        from unnest('{landuse,water,road,place,estate,grid,zone,building,route,checkpoint,facility,device,device_state,device_duty,
                      building_state,zone_state,asset_state,incident}'::text[]) wanted (name)
        where not exists (select from pg_publication_tables t
                          where t.pubname = 'hutong_feed' and t.schemaname = 'hutong' and t.tablename = wanted.name
                            and t.rowfilter is null)) as missing;
