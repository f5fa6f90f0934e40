-- Merges staged rows into route by (dataset, key): new, changed in place, untouched; closed and opened anew when the
-- estate has changed. Parameters: first seq, seq after the last. Columns: created, updated, moved, unchanged.
-- Callers: data/import_merge.c.
with n as materialized (
    select s.seq, s.dataset, s.key, coalesce(s.estate_id, 0) as estate_id, s.name, s.name_en,
           st_setsrid(st_multi(s.geom), 4326) as geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), o as materialized (
    select n.seq, b.estate_id, b.id, b.estate_id = n.estate_id as stays,
           (b.name, b.name_en, b.geom, b.attributes)
               is not distinct from
           (n.name, n.name_en, n.geom, n.attributes) as same
    from n
    join route b on b.dataset = n.dataset and b.key = n.key and b.valid_to is null
), closed as (
    update route b set valid_to = now() from o where b.estate_id = o.estate_id and b.id = o.id and not o.stays returning 1
), changed as (
    update route b
    set name = n.name, name_en = n.name_en, geom = n.geom, attributes = n.attributes
    from o join n on n.seq = o.seq
    where b.estate_id = o.estate_id and b.id = o.id and o.stays and not o.same
    returning 1
), opened as (
    insert into route (estate_id, dataset, key, name, name_en, geom, attributes)
    select n.estate_id, n.dataset, n.key, n.name, n.name_en, n.geom, n.attributes
    from n
    where not exists (select 1 from o where o.seq = n.seq and o.stays)
    returning 1
)
select (select count(*) from opened) - (select count(*) from closed), (select count(*) from changed),
       (select count(*) from closed), (select count(*) from o where stays and same);
