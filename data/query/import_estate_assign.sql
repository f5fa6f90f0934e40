-- Gives staged rows the estate that was found or made for the name and place they share.
-- Parameters: first seq, seq after the last. Columns: count. Callers: data/import_merge.c.
with assigned as (
    update import_stage s set in_estate = g.in_estate
    from import_group g
    where s.seq >= $1::bigint and s.seq < $2::bigint and s.in_estate is null and s.estate_group = g.id
      and g.in_estate is not null
    returning 1
)
select count(*) from assigned;
