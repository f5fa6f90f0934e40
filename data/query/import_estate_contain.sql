-- Gives staged rows without estate the smallest estate whose given outline contains their point.
-- Parameters: first seq, seq after the last. Columns: count. Callers: data/import_merge.c.
with found as (
    select s.seq, (
        select e.id from estate e
        where e.valid_to is null and e.outline_source = 'given'
          and st_intersects(e.geom, st_setsrid(st_makepoint(s.lon, s.lat), 4326))
        order by st_area(e.geom), e.id
        limit 1
    ) as id
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint and s.in_estate is null
), assigned as (
    update import_stage s set in_estate = f.id from found f where s.seq = f.seq and f.id is not null returning 1
)
select count(*) from assigned;
