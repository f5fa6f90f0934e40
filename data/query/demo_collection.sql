-- Where refuse is collected: a zone around every sorting station of the demo, so wide that a truck that stands beside it is in
-- it. Those that are there stay. Parameters: none. Columns: nothing. Callers: cli up (--demo).
with made as (
    insert into zone (estate_id, dataset, key, kind, name, name_en, geom)
    select f.estate_id, 'demo-collection', f.key || '-C', 'collection', e.name || '垃圾清运点', coalesce(e.name_en, e.code) || ' collection point',
           st_multi(st_buffer(f.geom::geography, 12)::geometry)
    from facility f
    join estate e on e.id = f.estate_id
    where f.dataset like 'demo-%' and f.valid_to is null and f.kind = 'sorting_station'
    on conflict do nothing
    returning id
)
update place_version set version = version + 1 where exists (select from made);
