-- Merges staged rows into estate by (dataset, key): new, changed in place, untouched.
-- Parameters: first seq, seq after the last. Columns: created, updated, moved (0), unchanged.
-- Callers: data/import_merge.c (by data/import_kind.c).
with n as (
    select s.seq, s.dataset, s.key, s.code, coalesce(s.name, s.code, s.key) as name, s.name_en,
           case when s.management in ('market', 'state', 'resident') then s.management::management_type end
               as management_type,
           'given'::outline_source as outline_source, s.geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), m as materialized (
    select n.*, b.id as old_id,
           (b.code, b.name, b.name_en, b.management_type, b.outline_source, b.geom, b.attributes)
               is not distinct from
           (n.code, n.name, n.name_en, n.management_type, n.outline_source, n.geom, n.attributes) as same
    from n
    left join lateral ( -- one look-up a row, whatever the planner believes about the table
        select * from estate x where x.dataset = n.dataset and x.key = n.key and x.valid_to is null limit 1
    ) b on true
), changed as (
    update estate b
    set code = m.code, name = m.name, name_en = m.name_en, management_type = m.management_type,
        outline_source = m.outline_source, geom = m.geom, attributes = m.attributes
    from m
    where b.id = any (array(select old_id from m where not same)) and b.id = m.old_id and not m.same
    returning 1
), opened as (
    insert into estate (dataset, key, code, name, name_en, management_type, outline_source, geom, attributes)
    select m.dataset, m.key, m.code, m.name, m.name_en, m.management_type, m.outline_source, m.geom, m.attributes
    from m
    where m.old_id is null
    returning 1
)
select (select count(*) from opened), (select count(*) from changed), 0::bigint,
       (select count(*) from m where old_id is not null and same);
