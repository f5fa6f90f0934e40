-- Merges staged rows into estate by (dataset, key): new, changed in place, untouched.
-- Parameters: first seq, seq after the last. Columns: created, updated, moved (0), unchanged.
-- Callers: data/import_merge.c.
with n as materialized (
    select s.seq, s.dataset, s.key, s.code, coalesce(s.name, s.code, s.key) as name, s.name_en,
           case when s.management in ('market', 'state', 'resident') then s.management::management_type end
               as management_type,
           'given'::outline_source as outline_source, st_setsrid(st_multi(s.geom), 4326) as geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), o as materialized (
    select n.seq, b.id,
           (b.code, b.name, b.name_en, b.management_type, b.outline_source, b.geom, b.attributes)
               is not distinct from
           (n.code, n.name, n.name_en, n.management_type, n.outline_source, n.geom, n.attributes) as same
    from n
    join estate b on b.dataset = n.dataset and b.key = n.key and b.valid_to is null
), changed as (
    update estate b
    set code = n.code, name = n.name, name_en = n.name_en, management_type = n.management_type,
        outline_source = n.outline_source, geom = n.geom, attributes = n.attributes
    from o join n on n.seq = o.seq
    where b.id = o.id and not o.same
    returning 1
), opened as (
    insert into estate (dataset, key, code, name, name_en, management_type, outline_source, geom, attributes)
    select n.dataset, n.key, n.code, n.name, n.name_en, n.management_type, n.outline_source, n.geom, n.attributes
    from n
    where not exists (select 1 from o where o.seq = n.seq)
    returning 1
)
select (select count(*) from opened), (select count(*) from changed), 0::bigint,
       (select count(*) from o where same);
