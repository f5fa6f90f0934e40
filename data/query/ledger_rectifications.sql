-- The ledger of rectifications by deadline, the earliest first, a page at a time. left_s: to the deadline, until it was done; below 0
-- late. Parameters: estate id, id of who manages the estate, id of who has to do it (each or null; organisations with all below
-- them), deadline from, to, state ('open': due or done, 'due', 'done', 'verified', 'dropped', 'all'), overdue ('true', 'false' or null),
-- id (null: all), deadline, estate and id of the page before's last row (all null: the first page), at most so many. Columns: estate_id,
-- id, tz, number, version, estate, estate_en, key, building_id, building, building_en, storey, problem, measure, organisation_id,
-- organisation, organisation_en, deadline, left_s, overdue, survey_id, incident_id, done_at, verified_at, dropped_at, result,
-- evidence_id, reworks, state, recorded_at, manager, manager_en. Callers: api (/api/ledgers/rectifications, /api/estates/.../plan).
select r.estate_id, r.id, r.tz, r.estate_id || '-' || r.id, r.version, r.estate, r.estate_en, r.key, r.building_id,
       coalesce(b.name, b.codes[1]), coalesce(b.name_en, b.name, b.codes[1]), r.storey, r.problem, r.measure, r.organisation_id,
       o.name, coalesce(o.name_en, o.name), r.deadline,
       case when r.dropped_at is null then floor(extract(epoch from r.deadline - coalesce(r.done_at, now())))::bigint end, r.overdue,
       r.survey_id, r.incident_id, r.done_at, r.verified_at, r.dropped_at, r.result, r.evidence_id, r.reworks, r.state, r.recorded_at,
       m.name, coalesce(m.name_en, m.name)
from (
    select x.*, rectification_state(x) as state, rectification_overdue(x) as overdue, e.tz, e.name as estate,
           coalesce(e.name_en, e.name) as estate_en, e.organisation_id as manager_id
    from rectification x
    join estate e on e.id = x.estate_id
    where x.deadline >= $4::timestamptz and x.deadline < $5::timestamptz and ($1::bigint is null or x.estate_id = $1::bigint)
      and ($2::bigint is null or e.organisation_id in (select organisation_below($2::bigint)))
      and ($3::bigint is null or x.organisation_id in (select organisation_below($3::bigint)))
      and case $6::text when 'all' then true when 'open' then rectification_state(x) in ('due', 'done')
                        else rectification_state(x) = $6::text end
      and ($7::text is null or rectification_overdue(x) = $7::text::boolean) and ($8::bigint is null or x.id = $8::bigint)
      and ($9::timestamptz is null
           or (x.deadline >= $9::timestamptz and (x.deadline, x.estate_id, x.id) > ($9::timestamptz, $10::bigint, $11::bigint)))
    order by x.deadline, x.estate_id, x.id
    limit $12::bigint
) r
join organisation o on o.id = r.organisation_id
left join building b on b.estate_id = r.estate_id and b.id = r.building_id
left join organisation m on m.id = r.manager_id
order by r.deadline, r.estate_id, r.id;
