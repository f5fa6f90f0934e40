-- The last 20 lines of what happened at a building since some moment, newest first: passes, by their last evidence, and
-- events but those that say nothing new. Of passes the 200 that began last are looked at, so that who has been there for hours is among them.
-- A passer goes by the label it has on the map while it is on the shift in which it passed (things have none), and has
-- no label afterwards. An event's unit goes by the label it has on the map while that is of the same shift (of several
-- devices in a shift for any, each has its number), else by its shift's call sign (without "#", the number's place).
-- Never by a pseudonym.
-- Parameters: building id, its estate's id, since when: earlier days' partitions are not even planned; until when; what was on
-- record when (null: all that is known now; a pass that went on then is shown as it became). Columns: t_from, t_to, nearest_m, method, open of a pass; t_event, phase of an event; kind ('pass' or the event's), subject_type,
-- label, label_en of both; place_method, place_dist_m of an event; acc_m of both; source, severity, measures of an event;
-- unit_estate_id: at home of whom the label names; name, kind and estate of an event's device.
-- Callers: api (GET /api/buildings/{id}/dossier).
with valid as (
    select distinct on (t_event, subject) t_event, least(t_to, $4::timestamptz) as t_to, subject, subject_type, nearest_m, acc_m,
           method, open or t_to > $4::timestamptz as open, void
    from pass
    where estate_id = $2::bigint and place_kind = 'building' and place_id = $1::bigint and t_event > $3::timestamptz
      and t_event <= $4::timestamptz and ($5::timestamptz is null or recorded_at <= $5::timestamptz)
    order by t_event desc, subject, version desc
    limit 200
), line as (
    (select t_to as at, t_event as t_from, t_to, nearest_m, method, open, null::timestamptz as t_event,
            'pass' as kind, null as phase, subject_type, acc_m, null::place_method as place_method,
            null::real as place_dist_m, null::smallint as severity, null::jsonb as measures,
            subject as passer, null::bigint as estate_id,
            null::uuid as subject, null::bigint as shift_id, null::bigint as device_id, null::bigint as source_id
     from valid
     where not void
     order by t_to desc
     limit 20)
    union all
    (select t_event, null, null, null, null, null, t_event, kind::text, phase::text, subject_type, acc_m, place_method,
            place_dist_m, severity, measures, null, estate_id, subject, shift_id, device_id, source_id
     from event
     where building_id = $1::bigint and t_event > $3::timestamptz and t_event <= $4::timestamptz
       and phase <> 'snapshot' and ($5::timestamptz is null or t_recv <= $5::timestamptz)
     order by t_event desc
     limit 20)
), newest as (
    select * from line order by at desc limit 20
), passer as (
    select distinct on (a.subject) a.subject, a.estate_id, a.label, a.label_en, coalesce(h.starts_at, '-infinity') as since
    from asset_state a
    left join shift h on h.estate_id = a.estate_id and h.id = a.shift_id
    where a.subject in (select passer from newest)
    order by a.subject, a.t_event desc
)
select n.t_from, n.t_to, n.nearest_m, n.method, n.open, n.t_event, n.kind, n.phase,
       n.subject_type::text as subject_type,
       coalesce(p.label, a.label,
                case when h.device_hash is null then btrim(replace(h.label, '#', '')) else h.label end) as label,
       coalesce(p.label_en, a.label_en, case when h.device_hash is null then btrim(replace(h.label_en, '#', ''))
                                             else h.label_en end) as label_en,
       n.place_method::text as place_method, n.place_dist_m, n.acc_m, s.name as source, n.severity,
       n.measures::text as measures, coalesce(p.estate_id, a.estate_id, h.estate_id) as unit_estate_id,
       d.name as device_name, d.kind as device_kind, d.estate_id as device_estate_id
from newest n
left join passer p on p.subject = n.passer and p.since <= n.t_from
left join asset_state a on a.estate_id = n.estate_id and a.subject = n.subject
                       and a.shift_id is not distinct from n.shift_id
left join shift h on h.estate_id = n.estate_id and h.id = n.shift_id
left join device d on d.estate_id = n.estate_id and d.id = n.device_id
left join source s on s.id = n.source_id
order by n.at desc;
