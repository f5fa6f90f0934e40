-- The latest of each thing, in key order so that no two workers deadlock. Newer event time wins; of one time, what came
-- later. What the broker only kept (flag 2) and nobody has dated stands when nothing else is known.
-- Parameters: row numbers of stage_event (integer[]): the newest new row of each device and channel.
-- Callers: ingest/store_device.c.
insert into device_state as d (estate_id, device_id, kind, channel, t_event, t_recv, phase, severity, measures, flags)
select s.estate_id, s.device_id, s.kind, s.channel, s.t_event, s.t_recv, s.phase, s.severity, s.measures, s.flags
from unnest($1::integer[]) listed (row_no)
join stage_event s on s.row_no = listed.row_no
order by s.estate_id, s.device_id, s.kind, s.channel
on conflict (estate_id, device_id, kind, channel) do update
set t_event = excluded.t_event, t_recv = excluded.t_recv, phase = excluded.phase, severity = excluded.severity,
    measures = excluded.measures, flags = excluded.flags, stored_at = clock_timestamp()
where (excluded.t_event, excluded.t_recv) > (d.t_event, d.t_recv)
  and ((excluded.flags & 2) = 0 or excluded.t_event < excluded.t_recv);
