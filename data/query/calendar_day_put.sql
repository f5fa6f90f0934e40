-- A day that is not what its weekday says. Parameters: calendar, day, kind, label or null.
-- Columns: what was done: made, changed, same. Callers: cli import calendars.
with before as (
    select kind, name from calendar_day where calendar_id = $1::bigint and day = $2::text::date
), stored as (
    insert into calendar_day (calendar_id, day, kind, name) values ($1::bigint, $2::text::date, $3::text, $4::text)
    on conflict (calendar_id, day) do update set kind = excluded.kind, name = excluded.name
)
select case when not exists (select from before) then 'made'
            when exists (select from before where kind = $3::text and name is not distinct from $4::text) then 'same'
            else 'changed' end as done;
