-- Draws the estates that have no outline of their own around their buildings: gaps up to 60 m are closed, 8 m are left
-- around the walls (in metres of a sphere at the estate's latitude, which is near enough for a line that is a guess).
-- Columns: count. Callers: data/import_merge.c.
with walls as (
    select e.id, st_collect(b.geom) as geom, 111320.0 as lat_m, 111320.0 * cos(radians(avg(b.lat))) as lon_m
    from estate e
    join building b on b.estate_id = e.id and b.valid_to is null
    where e.id in (select in_estate from import_stage) and e.valid_to is null and e.id <> 0
      and e.outline_source <> 'given'
    group by e.id
), drawn as materialized (
    select id, st_multi(st_setsrid(st_scale(st_simplifypreservetopology(
               st_buffer(st_buffer(st_scale(st_setsrid(geom, 0), lon_m, lat_m), 30, 'quad_segs=2'), -22, 'quad_segs=4'),
               0.3), 1 / lon_m, 1 / lat_m), 4326)) as geom
    from walls
), changed as (
    update estate e set geom = d.geom, outline_source = 'derived'
    from drawn d
    where d.id = e.id and e.geom is distinct from d.geom and not st_isempty(d.geom)
    returning 1
)
select count(*) from changed;
