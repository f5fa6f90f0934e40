-- Where the demo's incidents happen: of each estate its tallest buildings, the tallest first, with the company that manages it.
-- Parameters: how many of each. Columns: estate_id, building_id, levels, lon, lat, organisation_id. Callers: cli/demo_incident.c, demo_ledger.c.
select b.estate_id, b.id, b.levels, b.lon, b.lat, b.organisation_id
from (
    select b.*, e.organisation_id, row_number() over (partition by b.estate_id order by b.levels desc, b.id) as number
    from building b
    join estate e on e.id = b.estate_id
    where b.valid_to is null and b.estate_id > 0
) b
where b.number <= $1::bigint
order by b.estate_id, b.number;
