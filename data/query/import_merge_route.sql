-- Merges staged rows into route by (dataset, key): new, changed in place, untouched; closed and opened anew when the
-- estate has changed. Parameters: first seq, seq after the last. Columns: created, updated, moved, unchanged.
-- Callers: data/import_merge.c (by data/import_kind.c).
with n as (
    select s.seq, s.dataset, s.key, coalesce(s.in_estate, 0) as estate_id,
           s.name, s.name_en, s.geom, s.attributes
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
), m as materialized (
    select n.*, b.estate_id as old_estate_id, b.id as old_id,
           (b.name, b.name_en, b.geom, b.attributes)
               is not distinct from
           (n.name, n.name_en, n.geom, n.attributes) as same
    from n
    left join lateral ( -- one look-up a row, whatever the planner believes about the table
        select * from route x where x.dataset = n.dataset and x.key = n.key and x.valid_to is null limit 1
    ) b on true
), closed as (
    update route b set valid_to = now()
    where b.estate_id = any (array(select old_estate_id from m where old_estate_id <> estate_id))
      and b.id = any (array(select old_id from m where old_estate_id <> estate_id))
    returning 1
), changed as (
    update route b
    set name = m.name, name_en = m.name_en, geom = m.geom, attributes = m.attributes
    from m
    where b.id = any (array(select old_id from m where old_estate_id = estate_id and not same))
      and b.estate_id = m.old_estate_id and b.id = m.old_id and m.old_estate_id = m.estate_id and not m.same
    returning 1
), opened as (
    insert into route (estate_id, dataset, key, name, name_en, geom, attributes)
    select m.estate_id, m.dataset, m.key, m.name, m.name_en, m.geom, m.attributes
    from m
    where m.old_id is null or m.old_estate_id <> m.estate_id
    returning 1
)
select (select count(*) from opened) - (select count(*) from closed), (select count(*) from changed),
       (select count(*) from closed), (select count(*) from m where old_estate_id = estate_id and same);
