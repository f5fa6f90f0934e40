-- Gives an estate to an organisation. Parameters: organisation's code, estate's id or code.
-- Columns: id; no row: there is no such estate, or several have that code. Callers: cli import organisations.
with found as (
    select id from estate where (id::text = $2::text or code = $2::text) and valid_to is null and id <> 0
    order by id::text = $2::text desc
    limit 2
)
update estate e
set organisation_id = (select id from organisation where code = $1::text)
where e.id = (select min(id) from found) and ((select count(*) from found) = 1 or e.id::text = $2::text)
returning e.id;
