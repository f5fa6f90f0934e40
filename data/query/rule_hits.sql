-- Hits that are not settled, each with what is known of its thing and of its place; the oldest, those of a thing together.
-- Parameters: how many at most. Columns: estate_id, t_event, rule_id, dedup, rule_version, begins, thing, since, whether it was
-- stored later than the rule allows, home_estate_id, device_id, duty_id, building_id, storey, lon, lat, hold_s, whether the rule
-- knows no end, what it watches, its place filter, note; the thing's state, since, heard_at, due_at, hit_at, dedup,
-- incident_id (null: none); then the place as facts_rule_schema has it. Callers: incident/rule_hit.c.
with hit as materialized (
    select *
    from rule_hit
    where settled_at is null and t_event > now() - interval '8 days'
    order by t_event, recorded_at, number
    limit $1::bigint
)
select h.estate_id, h.t_event, h.rule_id, h.dedup, h.rule_version, h.begins, h.thing, coalesce(h.since, h.t_event) as since,
       h.recorded_at - h.t_event > r.max_age_s * interval '1 second' as old, h.home_estate_id, h.device_id, h.duty_id, h.building_id,
       h.storey, h.lon, h.lat, r.hold_s, r.watches = 'event' and r.clear is null as impulse, r.watches::text, r.place, h.note,
       s.state, s.since, s.heard_at, s.due_at, s.hit_at, s.dedup, s.incident_id,
       h.estate_id, h.building_id, b.use, b.levels::bigint, b.height_m::double precision, b.dwellings::bigint, b.year_built::bigint,
       h.storey::bigint,
       case when r.place is not null
            then (select string_agg(distinct z.kind, ',') from zone z
                  where z.valid_to is null
                    and st_covers(z.geom, st_point(coalesce(h.lon, b.lon), coalesce(h.lat, b.lat), 4326))) end as zones,
       e.management_type::text, e.organisation_id, e.community_id, coalesce(b.codes[1], b.key)
from hit h
join rule r on r.id = h.rule_id and r.version = h.rule_version
join estate e on e.id = h.estate_id
left join rule_state s on s.estate_id = h.estate_id and s.rule_id = h.rule_id and s.thing = h.thing
left join building b on b.estate_id = h.estate_id and b.id = h.building_id
order by h.estate_id, h.rule_id, h.thing, h.t_event, h.recorded_at, h.number;
