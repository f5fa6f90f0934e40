-- When somebody last passed a building, and how much happened there in the last 24 hours.
-- Parameters: building id, its estate's id, a moment three days ago: earlier days' partitions are not even planned, and
-- since no pass is longer than a day (facts/rules.c), none that reaches into the last 24 hours began earlier.
-- Columns: last_pass_at; events, passes (begun, going on or ended), units (subjects of those passes) in 24 hours.
-- Callers: api (GET /api/buildings/{id}/dossier).
select (select last_pass_at from building_state where estate_id = $2::bigint and building_id = $1::bigint) as last_pass_at,
       (select count(*) from event v
        where v.building_id = $1::bigint and v.t_event > $3::timestamptz and v.t_event > now() - interval '24 hours'
       ) as events,
       p.passes, p.units
from (
    select count(*) as passes, count(distinct valid.subject) as units
    from (
        select distinct on (x.t_event, x.subject) x.subject, x.t_to
        from pass x
        where x.estate_id = $2::bigint and x.place_kind = 'building' and x.place_id = $1::bigint
          and x.t_event > $3::timestamptz
        order by x.t_event desc, x.subject, x.version desc
    ) valid
    where valid.t_to > now() - interval '24 hours'
) p;
