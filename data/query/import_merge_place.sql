-- Merges staged rows into place by (dataset, key): new, changed in place, untouched.
-- Parameters: first seq, seq after the last. Columns: created, updated, moved (0), unchanged.
-- Callers: data/import_merge.c (by data/import_kind.c).
with n as (
    select s.seq, s.dataset, s.key, s.kind as class, s.name, s.name_en,
           st_setsrid(st_makepoint(s.lon, s.lat), 4326) as geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), m as materialized (
    select n.*, b.id as old_id,
           (b.class, b.name, b.name_en, b.geom, b.attributes)
               is not distinct from
           (n.class, n.name, n.name_en, n.geom, n.attributes) as same
    from n
    left join lateral ( -- one look-up a row, whatever the planner believes about the table
        select * from place x where x.dataset = n.dataset and x.key = n.key and x.valid_to is null limit 1
    ) b on true
), changed as (
    update place b
    set class = m.class, name = m.name, name_en = m.name_en, geom = m.geom, attributes = m.attributes
    from m
    where b.id = any (array(select old_id from m where not same)) and b.id = m.old_id and not m.same
    returning 1
), opened as (
    insert into place (dataset, key, class, name, name_en, geom, attributes)
    select m.dataset, m.key, m.class, m.name, m.name_en, m.geom, m.attributes
    from m
    where m.old_id is null
    returning 1
)
select (select count(*) from opened), (select count(*) from changed), 0::bigint,
       (select count(*) from m where old_id is not null and same);
