-- Merges staged rows into road by (dataset, key): new, changed in place, untouched.
-- Parameters: first seq, seq after the last. Columns: created, updated, moved (0), unchanged.
-- Callers: data/import_merge.c.
with n as materialized (
    select s.seq, s.dataset, s.key, s.kind as class, s.name, s.name_en,
           st_setsrid(st_multi(s.geom), 4326) as geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), o as materialized (
    select n.seq, b.id,
           (b.class, b.name, b.name_en, b.geom, b.attributes)
               is not distinct from
           (n.class, n.name, n.name_en, n.geom, n.attributes) as same
    from n
    join road b on b.dataset = n.dataset and b.key = n.key and b.valid_to is null
), changed as (
    update road b
    set class = n.class, name = n.name, name_en = n.name_en, geom = n.geom, attributes = n.attributes
    from o join n on n.seq = o.seq
    where b.id = o.id and not o.same
    returning 1
), opened as (
    insert into road (dataset, key, class, name, name_en, geom, attributes)
    select n.dataset, n.key, n.class, n.name, n.name_en, n.geom, n.attributes
    from n
    where not exists (select 1 from o where o.seq = n.seq)
    returning 1
)
select (select count(*) from opened), (select count(*) from changed), 0::bigint,
       (select count(*) from o where same);
