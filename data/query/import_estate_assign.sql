-- Gives staged rows the estate that they name: the data set's own first, then by code, key, name.
-- Parameters: first seq, seq after the last, dataset. Columns: count. Callers: data/import_merge.c.
with wanted as (
    select distinct estate_name from import_stage
    where seq >= $1::bigint and seq < $2::bigint and in_estate is null and estate_name is not null
), found as (
    select w.estate_name, (
        select e.id from estate e
        where e.valid_to is null and e.id <> 0 and w.estate_name in (e.code, e.key, e.name, e.name_en)
        order by e.dataset = $3::text desc, e.code is not distinct from w.estate_name desc,
                 e.key = w.estate_name desc, e.id
        limit 1
    ) as id
    from wanted w
), assigned as (
    update import_stage s set in_estate = f.id
    from found f
    where s.seq >= $1::bigint and s.seq < $2::bigint and s.in_estate is null and s.estate_name = f.estate_name
      and f.id is not null
    returning 1
)
select count(*) from assigned;
