-- Incidents, as OGC API features: each where it says itself, else in the middle of its building, else in its estate. Those that
-- are open, or that were at any time of an interval.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: now), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/incidents), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.category, q.severity, q.state, q.level, q.organisation_id,
       q.building_id, q.storey, q.drill, q.t_event, q.reported_at, q.state_at, q.breach_at, q.closed_at
from (
    select i.id, i.estate_id, i.category, i.severity::text as severity, i.state::text as state, i.level, i.organisation_id,
           i.building_id, i.storey, i.drill, i.t_event, i.reported_at, i.state_at,
           nullif(i.breach_at, 'infinity') as breach_at, i.closed_at,
           case when i.lon is not null and i.lat is not null then st_point(i.lon, i.lat, 4326)
                when b.id is not null then st_point(b.lon, b.lat, 4326)
                else st_pointonsurface(e.geom) end as geom
    from incident i
    left join building b on b.estate_id = i.estate_id and b.id = i.building_id
    left join estate e on e.id = i.estate_id
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and case when $2::timestamptz is null and $3::timestamptz is null then q.closed_at is null
           else q.reported_at <= coalesce($3::timestamptz, 'infinity')
                and coalesce(q.closed_at, 'infinity') > coalesce($2::timestamptz, '-infinity') end
  and ($4::bigint is null or q.id = $4::bigint)
  and true -- filter
order by q.id -- order
limit $5::bigint;
