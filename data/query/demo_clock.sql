-- The demo's yesterday, by the clock of its estates. Parameters: none. Columns: its midnight, its end, whether it is not to be
-- played: its duties are there already, or shifts of a month (as of demos before 2026-12) with a past of their own. Callers: cli up (--demo), cli simulate (--past).
with clock as (
    select tz, date_trunc('day', now() at time zone tz) as today
    from estate where dataset like 'demo-%' and valid_to is null order by id limit 1
)
select (today - interval '1 day') at time zone tz, today at time zone tz, exists (select from duty where key like 'demo-%')
       or exists (select from shift s join source o on o.estate_id = s.estate_id and o.id = s.source_id
                  where o.name like 'demo-%' and s.ends_at - s.starts_at > interval '9 hours')
from clock;
