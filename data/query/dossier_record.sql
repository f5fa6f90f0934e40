-- When somebody last passed a building, and how much happened there in the 24 hours before a moment.
-- Parameters: building id, its estate's id, three days before the moment: earlier days' partitions are not even planned, and
-- since no pass is longer than a day (facts/rules.c), none that reaches into the 24 hours began earlier; the moment; what was
-- on record when (null: all that is known now).
-- Columns: last_pass_at (null when it was asked what was on record: that is not kept); events, passes (begun, going on or
-- ended), units (subjects of those passes) in 24 hours. Callers: api (GET /api/buildings/{id}/dossier).
select (select last_pass_at from building_state
        where $5::timestamptz is null and estate_id = $2::bigint and building_id = $1::bigint) as last_pass_at,
       (select count(*) from event v
        where v.building_id = $1::bigint and v.t_event > $3::timestamptz and v.t_event <= $4::timestamptz
          and v.t_event > $4::timestamptz - interval '24 hours' and ($5::timestamptz is null or v.t_recv <= $5::timestamptz)
       ) as events,
       p.passes, p.units
from (
    select count(*) as passes, count(distinct valid.subject) as units
    from (
        select distinct on (x.t_event, x.subject) x.subject, x.t_to, x.void
        from pass x
        where x.estate_id = $2::bigint and x.place_kind = 'building' and x.place_id = $1::bigint
          and x.t_event > $3::timestamptz and x.t_event <= $4::timestamptz
          and ($5::timestamptz is null or x.recorded_at <= $5::timestamptz)
        order by x.t_event desc, x.subject, x.version desc
    ) valid
    where not valid.void and valid.t_to > $4::timestamptz - interval '24 hours'
) p;
