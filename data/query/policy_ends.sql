-- Does a policy's time ever end? By its calendar and hours, from now on. Parameters: estate id or null, calendar id, hours_from,
-- hours_to (each or null), seconds of its longest time. Columns: there is working time within ten years, and enough of it.
-- Callers: cli import policies.
select clock_due(now(), 1, t.tz, $2::bigint, $3::text::time, $4::text::time) < 'infinity',
       clock_due(now(), $5::bigint * 1000000, t.tz, $2::bigint, $3::text::time, $4::text::time) < 'infinity'
from (select coalesce((select tz from estate where id = $1::bigint), 'Asia/Shanghai') as tz) t;
