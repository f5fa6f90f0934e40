-- Gathers the rows that name an estate by name and place: a guess reaches 0.02 degrees (about 2 km) from row to row,
-- a name that somebody gave 0.2 (about 20 km). A guess counts from 3 rows on, for finding an estate as for making one.
-- Columns: count. Callers: data/import_merge.c.
with named as (
    select seq, estate_name, st_setsrid(st_makepoint(lon, lat), 4326) as point,
           bool_and(estate_guess) over (partition by estate_name) as guess
    from import_stage
    where estate_name is not null and in_estate is null
), clustered as (
    select *, st_clusterdbscan(point, case when guess then 0.02 else 0.2 end, 1) over (partition by estate_name) as part
    from named
), headed as materialized (
    select *, min(seq) over (partition by estate_name, part) as head from clustered
), grouped as (
    insert into import_group (id, key, name, guess, rows, geom)
    select g.head,
           'name:' || g.estate_name || case when g.head > min(g.head) over (partition by g.estate_name)
                                            then format('@%s,%s', round(st_x(p.point)::numeric, 2),
                                                        round(st_y(p.point)::numeric, 2)) else '' end,
           g.estate_name, g.guess, g.rows, g.geom
    from (
        select head, estate_name, guess, count(*) as rows, st_collect(point) as geom
        from headed
        group by head, estate_name, guess
        having not guess or count(*) >= 3
    ) g
    join headed p on p.seq = g.head
    returning 1
), marked as (
    update import_stage s set estate_group = h.head from headed h where s.seq = h.seq returning 1
)
select (select count(*) from grouped), (select count(*) from marked);
