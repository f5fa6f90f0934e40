-- How a building compares with its peers: of the 400 buildings in sight whose boxes are nearest, those of the same management
-- type and age class (built in the same decade; both may be unknown), itself included.
-- Parameters: estate id, building id, from, to, the moment, what was on record when (null: all that is known now).
-- Columns: management_type, decade, indicator ('incidents_per_100_dwellings', 'incidents_per_1000_m2'), peers (others that have
-- the indicator), median of all, rank of this one (1: the most; equals share it). No row for an indicator that this
-- building does not have, or fewer than five others.
-- Of an estate that is in sight, but not its incidents, no building is a peer: it would count as one without any.
-- Callers: api (GET /api/buildings/{id}/dossier).
with home as materialized (
    select b.geom from building b where b.estate_id = $1::bigint and b.id = $2::bigint
), near as materialized (
    select b.estate_id, b.id, b.dwellings, b.area_m2::double precision * b.levels as floor_m2, b.year_built / 10 * 10 as decade
    from building b
    where b.valid_from <= $5::timestamptz and (b.valid_to is null or b.valid_to > $5::timestamptz)
      and (current_user <> 'hutong_serve' or b.estate_id = any ((select scope_estates('incident'))::bigint[]))
    order by b.geom <#> (select geom from home)
    limit 400
), estate_kind as materialized (
    select e.id as estate_id, coalesce(p.management_type, e.management_type) as management_type
    from (select distinct estate_id from near union select $1::bigint) n
    join estate e on e.id = n.estate_id
    left join lateral (
        select x.management_type from estate_profile x
        where x.estate_id = e.id and x.valid_from <= $5::timestamptz
        order by x.valid_from desc
        limit 1
    ) p on true
), peer as materialized (
    select n.*, k.management_type
    from near n
    join estate_kind k on k.estate_id = n.estate_id
    join near s on s.estate_id = $1::bigint and s.id = $2::bigint and s.decade is not distinct from n.decade
    join estate_kind m on m.estate_id = s.estate_id and m.management_type is not distinct from k.management_type
), told as (
    select i.estate_id, i.building_id, count(*) as count
    from building_incidents((select array_agg(estate_id order by id) from peer), (select array_agg(id order by id) from peer),
                            $4::timestamptz, $6::timestamptz) i
    where i.reported_at >= $3::timestamptz and i.state not in ('rejected', 'merged')
    group by 1, 2
), valued as (
    select p.id = $2::bigint as own, p.management_type, p.decade, v.indicator, v.value
    from peer p
    left join told t on t.estate_id = p.estate_id and t.building_id = p.id
    cross join lateral (values ('incidents_per_100_dwellings', 100.0 * coalesce(t.count, 0) / nullif(p.dwellings, 0)),
                               ('incidents_per_1000_m2', 1000.0 * coalesce(t.count, 0) / nullif(p.floor_m2, 0))
               ) v (indicator, value)
    where v.value is not null
), own as (
    select indicator, value from valued where own
)
select v.management_type::text as management_type, v.decade, v.indicator, count(*) - 1 as peers,
       percentile_cont(0.5) within group (order by v.value) as median,
       1 + count(*) filter (where v.value > o.value) as rank
from valued v
join own o on o.indicator = v.indicator
group by v.management_type, v.decade, v.indicator
having count(*) > 5
order by v.indicator;
