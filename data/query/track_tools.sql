-- When tools were engaged and not. Parameters: estate_id, from, to (excluded). Columns: subject, t_event, engaged; by
-- subject and time. Callers: duty/track_cover.c.
select subject, t_event,
       case jsonb_typeof(measures -> 'tool') when 'object' then (measures -> 'tool' ->> 'value')::double precision
                                             else (measures ->> 'tool')::double precision end >= 0.5 as engaged
from event
where estate_id = $1::bigint and t_event >= $2::timestamptz and t_event < $3::timestamptz and kind = 'state'
  and subject is not null and measures ? 'tool'
order by subject, t_event, dedup;
