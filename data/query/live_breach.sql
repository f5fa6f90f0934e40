-- Buildings that have not been passed for longer than their duty allows. Parameters: estate_id, now. Columns: nothing.
-- Callers: duty/live.c.
with late as (
    select estate_id, building_id from building_state
    where estate_id = $1::bigint and breach_at <= $2::timestamptz and breached_at is null
    order by building_id
    for update
)
update building_state b
set breached_at = b.breach_at
from late l
where b.estate_id = l.estate_id and b.building_id = l.building_id and b.breach_at <= $2::timestamptz;
