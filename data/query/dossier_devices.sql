-- The things that are bound to a building at a moment, and what is known of each: a row for each thing and channel, the things
-- that spoke last first, at most 60 rows.
-- Parameters: building id, the moment, what was on record when (null: all that is known now). Columns: id, kind, name,
-- native_id, storey of the device; kind, channel, t_event, phase, severity, measures of what it said last; the device's
-- estate; uptime (share of the time since uptime_from; of cameras with a duty, and only now).
-- Only the last word of each is kept for long: where it is later than the moment, the one before is looked for in three days.
-- Callers: api (GET /api/buildings/{id}/dossier).
select d.id, d.kind, d.name, d.native_id, d.storey, s.kind::text as state_kind, s.channel, w.t_event,
       w.phase::text as phase, w.severity, w.measures::text as measures, d.estate_id, u.uptime, u.uptime_from
from device d
join device_state s on s.estate_id = d.estate_id and s.device_id = d.id
cross join lateral (
    select s.t_event, s.phase, s.severity, s.measures
    where $3::timestamptz is null or (s.t_event <= $2::timestamptz and s.t_recv <= $3::timestamptz)
    union all
    (select e.t_event, e.phase, e.severity, e.measures
     from event e
     where $3::timestamptz is not null and (s.t_event > $2::timestamptz or s.t_recv > $3::timestamptz)
       and e.building_id = $1::bigint and e.t_event > $2::timestamptz - interval '3 days' and e.t_event <= $2::timestamptz
       and e.t_recv <= $3::timestamptz and e.estate_id = d.estate_id and e.device_id = d.id and e.kind = s.kind
       and coalesce(e.channel, '') = s.channel
     order by e.t_event desc
     limit 1)
) w
left join device_duty u on $3::timestamptz is null and u.estate_id = d.estate_id and u.device_id = d.id
where d.building_id = $1::bigint and d.valid_from <= $2::timestamptz and (d.valid_to is null or d.valid_to > $2::timestamptz)
  and d.state = 'accepted'
order by max(w.t_event) over (partition by d.estate_id, d.id) desc, d.id, s.kind, s.channel
limit 60;
