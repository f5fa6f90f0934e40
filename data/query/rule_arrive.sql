-- Incidents whose team was seen at the building since it was sent there last: by a pass of the shift's unit, or a check-in.
-- Parameters: now. Columns: estate_id, incident_id, when, evidence (JSON). Callers: incident/rule_arrive.c.
select i.estate_id, i.id, least(greatest(f.at, i.state_at), $1::timestamptz) as at, f.detail::text
from incident i
cross join lateral (
    select max(t.at) as at from incident_step t where t.estate_id = i.estate_id and t.incident_id = i.id and t.step = 'dispatch'
) sent
cross join lateral (
    select * from (
        select greatest(p.t_event, sent.at) as at,
               jsonb_build_object('by', 'pass', 'building_id', p.place_id, 'shift_id', i.shift_id, 't_from', p.t_event, 't_to', p.t_to,
                                  'version', p.version) as detail
        from asset_state a
        join pass p on p.estate_id = i.estate_id and p.place_kind = 'building' and p.place_id = i.building_id
                   and p.subject = a.subject and p.t_event > sent.at - interval '1 day' and p.t_to >= sent.at and not p.void
        where a.shift_id = i.shift_id
          and not exists (select from pass n where n.estate_id = p.estate_id and n.t_event = p.t_event and n.subject = p.subject
                          and n.place_kind = p.place_kind and n.place_id = p.place_id and n.version > p.version)
        union all
        select e.t_event, jsonb_build_object('by', 'checkin', 'building_id', e.building_id, 'shift_id', i.shift_id, 't_event', e.t_event,
                                             'dedup', e.dedup)
        from event e
        where e.building_id = i.building_id and e.shift_id = i.shift_id and e.kind = 'checkpoint' and e.t_event >= sent.at
          and e.t_event > i.reported_at - interval '1 day' and e.place_method in ('inside', 'registered')
    ) proof
    order by at
    limit 1
) f
where i.shift_id is not null and i.building_id is not null and i.state in ('dispatched', 'accepted')
  and f.at <= $1::timestamptz + interval '5 minutes'
order by i.estate_id, i.id;
