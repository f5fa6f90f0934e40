-- A staged row of an unknown key whose footprint is exactly that of a row of its data set which the file does not name:
-- the same building, found under another key (--map, another order); the row takes the new key.
-- Parameters: first seq, seq after the last. Columns: count. Callers: data/import_merge.c.
with lost as materialized (
    select s.seq, s.dataset, s.key, s.geom
    from import_stage s
    where s.seq >= $1::bigint and s.seq < $2::bigint
      and not exists (select 1 from building x where x.dataset = s.dataset and x.key = s.key and x.valid_to is null)
), pair as (
    select l.seq, l.key, b.estate_id, b.id,
           dense_rank() over (partition by l.seq order by b.id) as nth_old,
           dense_rank() over (partition by b.id order by l.seq) as nth_new
    from lost l
    join building b on b.geom ~= l.geom and b.geom = l.geom and b.dataset = l.dataset and b.valid_to is null
    where not exists (select 1 from import_stage t where t.dataset = b.dataset and t.key = b.key)
), rekeyed as (
    update building b set key = p.key
    from pair p
    where b.estate_id = p.estate_id and b.id = p.id and p.nth_old = p.nth_new
    returning 1
)
select count(*) from rekeyed;
