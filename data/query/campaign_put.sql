-- Makes a campaign, or says anew what it is called and how long it goes. Parameters: code, name, name_en or null, from, to.
-- Columns: what was done: made, changed, same. Callers: cli import campaigns.
with before as (
    select name, name_en, t_from, t_to from campaign where code = $1::text
), stored as (
    insert into campaign (code, name, name_en, t_from, t_to) values ($1::text, $2::text, $3::text, $4::timestamptz, $5::timestamptz)
    on conflict (code) do update set name = excluded.name, name_en = excluded.name_en, t_from = excluded.t_from, t_to = excluded.t_to
)
select case when not exists (select from before) then 'made'
            when (select (name, name_en, t_from, t_to) is not distinct from ($2::text, $3::text, $4::timestamptz, $5::timestamptz)
                  from before) then 'same'
            else 'changed' end as done;
