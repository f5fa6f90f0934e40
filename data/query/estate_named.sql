-- An estate by what people call it. Parameters: id or code. Columns: id, its time zone, how many have that code (an
-- id goes before); no row: there is none. Callers: cli import.
select id, tz, case when id::text = $1::text then 1 else count(*) over () end as several
from estate
where (id::text = $1::text or code = $1::text) and valid_to is null and id <> 0
order by id::text = $1::text desc, id
limit 1;
