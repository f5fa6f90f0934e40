-- The share of a month's fees that came in. Parameters: estate, the month's first day, share.
-- Columns: what was done: made, changed, same. Callers: cli import profiles.
with before as (
    select collected from estate_fee where estate_id = $1::bigint and month = $2::text::date
), stored as (
    insert into estate_fee (estate_id, month, collected) values ($1::bigint, $2::text::date, $3::float8::real)
    on conflict (estate_id, month) do update set collected = excluded.collected
)
select case when not exists (select from before) then 'made'
            when (select collected from before) = $3::float8::real then 'same' else 'changed' end as done;
