-- Finds the buildings that the staged devices name: by id, else by one of its codes - among the source's own estate's
-- buildings when that has any of this code, else among all. A code that stands for several stays unresolved.
-- Parameters: estate_id of the source. Callers: cli/device_put.c.
with asked as materialized (
    select distinct building as text from device_stage where building is not null
), by_id as materialized (
    select a.text, b.estate_id, b.id
    from asked a
    join building b on b.id = case when a.text ~ '^[0-9]{1,18}$' then a.text::bigint end
    where b.valid_to is null
), uncertain as materialized (
    select a.text from asked a where not exists (select from by_id i where i.text = a.text)
), by_code as (
    select u.text, b.estate_id, b.id
    from (select estate_id, id, unnest(codes) as code from building where valid_to is null) b
    join uncertain u on u.text = b.code
), found as (
    select text, estate_id, id from by_id
    union
    select text, estate_id, id from by_code
), ranked as (
    select f.*, bool_or(f.estate_id = $1::bigint) over (partition by f.text) as home from found f
), single as (
    select text, min(estate_id) as estate_id, min(id) as id
    from ranked
    where not home or estate_id = $1::bigint
    group by text
    having count(*) = 1
)
update device_stage s set building_estate_id = b.estate_id, building_id = b.id
from single b
where b.text = s.building;
