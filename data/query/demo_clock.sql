-- The demo's yesterday, by the clock of its estates. Parameters: none. Columns: its midnight, its end, whether its duties are
-- there already (the day was played). Callers: cli up (--demo), cli simulate (--past).
with clock as (
    select tz, date_trunc('day', now() at time zone tz) as today
    from estate where dataset like 'demo-%' and valid_to is null order by id limit 1
)
select (today - interval '1 day') at time zone tz, today at time zone tz, exists (select from duty where key like 'demo-%')
from clock;
