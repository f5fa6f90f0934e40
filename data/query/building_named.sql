-- A building of an estate by what people call it. Parameters: estate, id or code. Columns: id, how many have that code
-- (an id goes before); no row: there is none. Callers: cli import.
select id, case when id::text = $2::text then 1 else count(*) over () end as several
from building
where estate_id = $1::bigint and valid_to is null and (id::text = $2::text or $2::text = any (codes))
order by id::text = $2::text desc, id
limit 1;
