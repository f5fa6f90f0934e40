-- The last 20 lines of what happened at a building, newest first. Positions of one unit that follow one another within
-- five minutes are one line, so that a guard who stands there does not push everything else out; at most the last 2,000
-- positions are looked at. A unit goes by the label it has on the map while that is of the same shift (of several
-- devices in a shift for any, each has its number), else by its shift's call sign (without "#", the number's place) or
-- its device's name, never by a pseudonym.
-- Parameters: building id. Columns: t_from, t_event, count, kind, phase, subject_type, label, label_en, place_method,
-- place_dist_m, acc_m, source, severity.
-- Callers: api (GET /api/buildings/{id}/dossier).
with position as (
    select estate_id, t_event, dedup, subject, device_id, shift_id, subject_type, source_id, place_method, place_dist_m,
           acc_m
    from fix
    where building_id = $1::bigint
    order by t_event desc
    limit 2000
), gap as (
    select *, coalesce(t_event - lag(t_event) over unit > interval '5 minutes', true) as opens
    from position
    window unit as (partition by estate_id, subject, device_id, shift_id order by t_event, dedup)
), numbered as (
    select *, count(*) filter (where opens) over (partition by estate_id, subject, device_id, shift_id
                                                  order by t_event, dedup) as run
    from gap
), ended as (
    select *, min(t_event) over whole as t_from, count(*) over whole as positions,
           row_number() over (whole order by t_event desc, dedup desc) as back
    from numbered
    window whole as (partition by estate_id, subject, device_id, shift_id, run)
), line as (
    select t_from, t_event, positions, 'position' as kind, 'pulse' as phase, estate_id, subject, subject_type,
           shift_id, device_id, source_id, place_method, place_dist_m, acc_m, null::smallint as severity
    from ended
    where back = 1
    union all
    (select t_event, t_event, 1, kind::text, phase::text, estate_id, subject, subject_type, shift_id, device_id,
            source_id, place_method, place_dist_m, acc_m, severity
     from event
     where building_id = $1::bigint
     order by t_event desc
     limit 20)
), newest as (
    select * from line order by t_event desc limit 20
)
select n.t_from, n.t_event, n.positions as count, n.kind, n.phase, n.subject_type::text as subject_type,
       coalesce(a.label, case when h.device_hash is null then btrim(replace(h.label, '#', '')) else h.label end,
                d.name) as label,
       coalesce(a.label_en, case when h.device_hash is null then btrim(replace(h.label_en, '#', ''))
                                 else h.label_en end) as label_en,
       n.place_method::text as place_method, n.place_dist_m, n.acc_m, s.name as source, n.severity
from newest n
left join asset_state a on a.estate_id = n.estate_id and a.subject = n.subject
                       and a.shift_id is not distinct from n.shift_id
left join shift h on h.estate_id = n.estate_id and h.id = n.shift_id
left join device d on d.estate_id = n.estate_id and d.id = n.device_id
left join source s on s.id = n.source_id
order by n.t_event desc;
