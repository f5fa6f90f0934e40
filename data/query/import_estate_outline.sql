-- Draws the estates that have no outline of their own around their buildings: gaps up to 60 m are closed, 8 m are left
-- around the walls. Columns: count. Callers: data/import_merge.c.
with drawn as (
    select e.id, st_multi(st_simplifypreservetopology(
               st_buffer(st_buffer(st_collect(b.geom)::geography, 30, 'quad_segs=4'), -22, 'quad_segs=4')::geometry,
               0.000002)) as geom
    from estate e
    join building b on b.estate_id = e.id and b.valid_to is null
    where e.id in (select estate_id from import_stage) and e.valid_to is null and e.id <> 0
      and e.outline_source <> 'given'
    group by e.id
), changed as (
    update estate e set geom = d.geom, outline_source = 'derived'
    from drawn d
    where d.id = e.id and e.geom is distinct from d.geom and not st_isempty(d.geom)
    returning 1
)
select count(*) from changed;
