-- What a building is, whose it is, when somebody last passed, and how much happened there in the last 24 hours.
-- Parameters: building id, a moment three days ago: earlier days' partitions are not even planned, and since no pass is
-- longer than a day (facts/rules.c), none that reaches into the last 24 hours began earlier. Columns: id, name, name_en,
-- codes (one a line), levels, levels_source, height_m, height_source, area_m2, dwellings, year_built, use, lon, lat;
-- estate_id, name, name_en, management_type, tz; last_pass_at; events, passes (begun, going on or ended), units
-- (subjects of those passes) in 24 hours; as_of. No row for an id that is not in use.
-- Callers: api (GET /api/buildings/{id}/dossier).
select b.id, b.name, b.name_en, array_to_string(b.codes, E'\n') as codes, b.levels,
       b.levels_source::text as levels_source, b.height_m, b.height_source::text as height_source, b.area_m2,
       b.dwellings, b.year_built, b.use, b.lon, b.lat,
       e.id as estate_id, e.name as estate_name, e.name_en as estate_name_en,
       e.management_type::text as management_type, e.tz,
       s.last_pass_at,
       (select count(*) from event v
        where v.building_id = b.id and v.t_event > $2::timestamptz and v.t_event > now() - interval '24 hours'
       ) as events,
       p.passes, p.units, now() as as_of
from building b
join estate e on e.id = b.estate_id
left join building_state s on s.estate_id = b.estate_id and s.building_id = b.id
cross join lateral (
    select count(*) as passes, count(distinct valid.subject) as units
    from (
        select distinct on (x.t_event, x.subject) x.subject, x.t_to
        from pass x
        where x.estate_id = b.estate_id and x.place_kind = 'building' and x.place_id = b.id
          and x.t_event > $2::timestamptz
        order by x.t_event desc, x.subject, x.version desc
    ) valid
    where valid.t_to > now() - interval '24 hours'
) p
where b.id = $1::bigint and b.valid_to is null;
