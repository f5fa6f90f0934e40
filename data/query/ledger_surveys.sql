-- The ledger of surveys, the last found first, a page at a time. overdue: something that is to be put right for it is late. Parameters:
-- estate id, id of who manages the estate, id of who inspected (each or null; organisations with all below them), found from, to, state
-- ('open', 'settled', 'clear', 'all'), overdue ('true', 'false' or null), id (null: all), found_at, estate and id of the page before's
-- last row (all null: the first page), at most so many. Columns: estate_id, id, tz, number, version, estate, estate_en, key,
-- building_id, building, building_en, storey, inspected, category, category_name, category_name_en, finding, severity, found_at,
-- organisation_id, organisation, organisation_en, incident_id, incident_state, rectifications, overdue, settled_at, state,
-- recorded_at, manager, manager_en. Callers: api (/api/ledgers/surveys, /api/estates/.../plan).
select s.estate_id, s.id, s.tz, s.estate_id || '-' || s.id, s.version, s.estate, s.estate_en, s.key, s.building_id,
       coalesce(b.name, b.codes[1]), coalesce(b.name_en, b.name, b.codes[1]), s.storey, s.inspected, s.category, c.name, c.name_en,
       s.finding, s.severity::text, s.found_at, s.organisation_id, o.name, coalesce(o.name_en, o.name), s.incident_id, i.state::text,
       (select count(*) from rectification r where r.estate_id = s.estate_id and r.survey_id = s.id), s.overdue, s.settled_at, s.state,
       s.recorded_at, m.name, coalesce(m.name_en, m.name)
from (
    select x.*, survey_state(x) as state, survey_overdue(x) as overdue, e.tz, e.name as estate, coalesce(e.name_en, e.name) as estate_en,
           e.organisation_id as manager_id
    from survey x
    join estate e on e.id = x.estate_id
    where x.found_at >= $4::timestamptz and x.found_at < $5::timestamptz and ($1::bigint is null or x.estate_id = $1::bigint)
      and ($2::bigint is null or e.organisation_id in (select organisation_below($2::bigint)))
      and ($3::bigint is null or x.organisation_id in (select organisation_below($3::bigint)))
      and ($6::text = 'all' or survey_state(x) = $6::text) and ($7::text is null or survey_overdue(x) = $7::text::boolean)
      and ($8::bigint is null or x.id = $8::bigint)
      and ($9::timestamptz is null
           or (x.found_at <= $9::timestamptz and (x.found_at, x.estate_id, x.id) < ($9::timestamptz, $10::bigint, $11::bigint)))
    order by x.found_at desc, x.estate_id desc, x.id desc
    limit $12::bigint
) s
left join incident i on i.estate_id = s.estate_id and i.id = s.incident_id
left join incident_category c on c.code = s.category
left join building b on b.estate_id = s.estate_id and b.id = s.building_id
left join organisation o on o.id = s.organisation_id
left join organisation m on m.id = s.manager_id
order by s.found_at desc, s.estate_id desc, s.id desc;
