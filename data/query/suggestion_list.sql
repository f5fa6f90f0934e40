-- Who could be sent to an incident: teams on shift now at its estate, and at other estates of the same organisation, by what they
-- do now and how far away they are - never by what they did before. Of a team with several units the nearest of those heard of
-- lately counts. Parameters: estate id, incident id, silent after so many seconds, at most so many.
-- Columns: closed (the incident), lon, lat (its, else its building's), as_of, estate_id (null: nobody is on shift), shift_id,
-- label, label_en, subject_type, organisation_id, organisation, organisation_en, state (free, busy: an open incident is with them,
-- silent: no position lately), incidents (with them), distance_m, position_at, position_age_s (null: no position), units.
-- No row: there is no such incident. Callers: api (GET /api/incidents/.../suggestions).
with place as materialized (
    select i.estate_id, i.closed_at is not null as closed, coalesce(i.lon, b.lon) as lon, coalesce(i.lat, b.lat) as lat, e.organisation_id
    from incident i
    join estate e on e.id = i.estate_id
    left join building b on b.estate_id = i.estate_id and b.id = i.building_id
    where i.estate_id = $1::bigint and i.id = $2::bigint
), home as materialized (
    select p.estate_id as id from place p
    union
    select e.id from place p join estate e on e.organisation_id = p.organisation_id where e.valid_to is null
), unit as materialized (
    select distinct on (h.estate_id, h.id) h.estate_id, h.id, case when h.device_hash is null then btrim(replace(h.label, '#', '')) else h.label end as label,
           case when h.device_hash is null then btrim(replace(h.label_en, '#', '')) else h.label_en end as label_en, h.subject_type, h.organisation_id,
           s.t_event, d.m, coalesce(s.t_event >= now() - make_interval(secs => $3::bigint), false) as heard,
           count(s.subject) over (partition by h.estate_id, h.id) as units
    from place p
    cross join home
    join shift h on h.estate_id = home.id and h.starts_at <= now() and h.ends_at > now()
    left join asset_state s on s.estate_id = h.estate_id and s.shift_id = h.id
    left join lateral (select st_distance(st_point(s.lon, s.lat, 4326)::geography, st_point(p.lon, p.lat, 4326)::geography) as m) d on true
    order by h.estate_id, h.id, heard desc, d.m, s.t_event desc
), sent as materialized (
    select i.estate_id, i.shift_id, count(*) as incidents
    from home
    join incident i on i.estate_id = home.id
    where i.closed_at is null and i.state in ('dispatched', 'accepted', 'on_site') and i.shift_id is not null
    group by i.estate_id, i.shift_id
), team as (
    select u.*, coalesce(s.incidents, 0) as incidents,
           case when s.incidents > 0 then 'busy' when u.heard then 'free' else 'silent' end as state
    from unit u
    left join sent s on s.estate_id = u.estate_id and s.shift_id = u.id
    order by array_position('{free,busy,silent}', case when s.incidents > 0 then 'busy' when u.heard then 'free' else 'silent' end),
             u.m, u.estate_id, u.id
    limit $4::bigint
)
select p.closed, p.lon, p.lat, now(), t.estate_id, t.id, t.label, t.label_en, t.subject_type::text, t.organisation_id, o.name,
       o.name_en, t.state, t.incidents, t.m, t.t_event, floor(extract(epoch from now() - t.t_event))::bigint, t.units
from place p
left join team t on true
left join organisation o on o.id = t.organisation_id
order by array_position('{free,busy,silent}', t.state), t.m, t.estate_id, t.id;
