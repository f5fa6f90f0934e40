-- Open incidents that are the caller's to carry out, by time to breach, those that no clock runs for last.
-- Parameters: at most so many. Columns: estate_id, id, version, state, before, category, category_name, category_name_en, severity,
-- title, drill, estate, estate_en, building_id, building, building_en, storey, zone, zone_en (the smallest that holds the report's
-- point), lon, lat, whether nobody particular is sent, reported_at, state_at, breach_at, breach_stage, clocks, next, pause_reasons
-- (JSON each: clocks that have not stopped, left_s where one stands; the steps of who carries out that may be taken).
-- Callers: api (GET /api/tasks).
select i.estate_id, i.id, i.version, i.state::text, i.before::text, i.category, c.name, c.name_en, i.severity::text, i.title, i.drill,
       e.name, e.name_en, i.building_id, coalesce(b.name, b.codes[1]), b.name_en, i.storey, z.name, z.name_en,
       coalesce(i.lon, b.lon), coalesce(i.lat, b.lat), i.shift_id is null, i.reported_at, i.state_at, nullif(i.breach_at, 'infinity'),
       k.stage, coalesce(k.clocks, '[]')::text, coalesce(m.next, '[]')::text, array_to_json(p.pause_reasons)::text
from scope_tasks() s
join incident i on i.estate_id = s.estate_id and i.id = s.incident_id
join incident_category c on c.code = i.category
join estate e on e.id = i.estate_id
join sla_policy p on p.id = i.policy_id and p.version = i.policy_version
left join building b on b.estate_id = i.estate_id and b.id = i.building_id
left join lateral (
    select z.name, z.name_en
    from zone z
    where z.estate_id = i.estate_id and z.valid_to is null and st_intersects(z.geom, st_setsrid(st_makepoint(i.lon, i.lat), 4326))
    order by st_area(z.geom), z.id
    limit 1
) z on true
left join lateral (
    select (array_agg(k.stage order by k.due_at, k.stage) filter (where k.due_at < 'infinity'))[1] as stage,
           json_agg(json_build_object('stage', k.stage, 'runs', k.runs_from is not null,
                                      'due_at', to_char(nullif(k.due_at, 'infinity') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                                      'left_s', case when k.runs_from is null then k.left_us / 1000000 end)
                    order by k.due_at, k.stage) as clocks
    from clock k
    where k.estate_id = i.estate_id and k.incident_id = i.id and k.stopped_at is null
) k on true
left join lateral (
    select json_agg(json_build_object('step', m.step, 'note', m.note, 'next', m.next) order by m.step) as next
    from incident_move m
    where m.procedure = i.procedure and m.state = i.state and m.by <> 'platform' and m.step in (select step from incident_carry)
) m on true
where s.carries and i.closed_at is null
order by coalesce(i.breach_at, 'infinity'), i.estate_id, i.id
limit $1::bigint;
