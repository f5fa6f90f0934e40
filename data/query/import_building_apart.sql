-- Rows whose key is staged with a footprint that does not touch theirs. A key that is a number in a file (#12) then says
-- nothing: the row is another building and is closed, so that the merge opens a new one. Other keys stay.
-- Parameters: first seq, seq after the last. Columns: key, name, closed or not. Callers: data/import_merge.c.
with apart as materialized (
    select s.seq, s.key, s.name, b.estate_id, b.id, starts_with(s.key, '#') as positional
    from import_stage s
    cross join lateral ( -- one look-up a row, whatever the planner believes about the table
        select * from building x where x.dataset = s.dataset and x.key = s.key and x.valid_to is null limit 1
    ) b
    where s.seq >= $1::bigint and s.seq < $2::bigint and b.geom is distinct from s.geom
      and not st_intersects(b.geom, s.geom)
), closed as (
    update building b set valid_to = now()
    from apart a
    where b.estate_id = a.estate_id and b.id = a.id and a.positional
    returning 1
)
select key, name, positional from apart order by seq;
