-- Makes the estates that rows name and nobody has yet; a guessed name counts from 3 rows on.
-- Parameters: dataset. Columns: count. Callers: data/import_merge.c.
with named as (
    select estate_name from import_stage where estate_name is not null and in_estate is null
    group by estate_name having not bool_and(estate_guess) or count(*) >= 3
), made as (
    insert into estate (dataset, key, name, outline_source)
    select $1::text, 'name:' || n.estate_name, n.estate_name, 'none'
    from named n
    where not exists (
        select 1 from estate e
        where e.valid_to is null and n.estate_name in (e.code, e.key, e.name, e.name_en)
    )
    returning 1
)
select count(*) from made;
