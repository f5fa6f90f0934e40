-- The newest lifecycle of what the staged events are about.
-- Parameters: row numbers of stage_event (integer[]), one for each device, kind, channel and native_id;
-- in their order:
-- Columns: row number, id, t_start, t_last, t_end or null, whether a time-out ended it, begun, updates, severity,
--          confidence, expires_at. Callers: ingest/store_lifecycle.c.
select s.row_no, l.id, l.t_start, l.t_last, l.t_end, coalesce(l.ended_by = 'timeout', false), l.begun, l.updates,
       l.severity, l.confidence, l.expires_at
from unnest($1::integer[]) with ordinality listed (row_no, place)
join stage_event s on s.row_no = listed.row_no
cross join lateral (
    select *
    from lifecycle n
    where n.estate_id = s.estate_id and n.device_id = coalesce(s.station_id, s.device_id) and n.kind = s.kind
      and n.channel = s.channel and n.native_id = coalesce(s.native_id, '')
    order by n.t_start desc
    limit 1
) l
order by listed.place;
