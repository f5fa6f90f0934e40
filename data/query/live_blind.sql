-- Which of an estate's buildings nobody and nothing looked at (formula_blind_spot.sql), as of now; looked at again in an hour.
-- Parameters: estate_id, now, blind buildings (bigint[]). Columns: nothing. Callers: duty/live.c.
with looked as (
    update judge_mark set blind_at = $2::timestamptz + interval '1 hour' where estate_id = $1::bigint
), held as materialized (
    select building_id from building_state
    where estate_id = $1::bigint and blind <> (building_id = any ($3::bigint[]))
    order by building_id
    for update
), turned as (
    update building_state b set blind = not b.blind from held h where b.estate_id = $1::bigint and b.building_id = h.building_id
)
insert into building_state (estate_id, building_id, blind)
select $1::bigint, n.id, true
from unnest($3::bigint[]) n (id)
where not exists (select from building_state b where b.estate_id = $1::bigint and b.building_id = n.id)
order by n.id
on conflict do nothing;
