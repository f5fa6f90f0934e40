-- Which retained values are not what is stored of their device, and no older: they were missed. That it goes on (update)
-- or is still over (snapshot) says the same as that it began or ended.
-- Parameters: estate_id, [{number, device_id, kind, channel, phase, t_event_us, measures}]. Columns: number.
-- Callers: ingest/store_device.c.
select r.number
from jsonb_to_recordset($2::text::jsonb) as r (number integer, device_id bigint, kind event_kind, channel text,
                                               phase event_phase, t_event_us bigint, measures jsonb)
join device_state s on s.estate_id = $1::bigint and s.device_id = r.device_id and s.kind = r.kind
                       and s.channel = r.channel
where (case s.phase when 'update' then 'start' when 'snapshot' then 'end' else s.phase end, s.measures)
      is distinct from
      (case r.phase when 'update' then 'start' when 'snapshot' then 'end' else r.phase end, r.measures)
  and s.t_event < timestamptz 'epoch' + r.t_event_us * interval '1 microsecond';
