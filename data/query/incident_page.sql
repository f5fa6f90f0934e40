-- Incidents by time to breach, those that no clock runs for last, a page at a time.
-- Parameters: estate id or null, state ('open', 'closed', 'all' or one of the states), severity, category, level's code, building
-- id, organisation id, drill ('true', 'false'; each or null), ordered, estate and id of the page before's last row (all null: the
-- first page), at most so many. Columns: estate_id, id, version, state, before, origin, category, category_name,
-- category_name_en, severity, level, level_rank, level_name, level_name_en, organisation_id, organisation, organisation_en,
-- shift_id, building_id, building, building_en, storey, device_id, lon, lat (the building's when it has none of its own), title,
-- drill, deferred, reports, t_event, reported_at, state_at, closed_at, merged_into, breach_at, breach_stage, to_breach_s, procedure,
-- ordered (breach_at, infinity without one). Callers: api (GET /api/incidents).
select i.estate_id, i.id, i.version, i.state::text, i.before::text, i.origin, i.category, c.name, c.name_en, i.severity::text,
       l.code, l.rank, l.name, l.name_en, i.organisation_id, o.name, o.name_en, i.shift_id, i.building_id,
       coalesce(b.name, b.codes[1]), b.name_en, i.storey, i.device_id, coalesce(i.lon, b.lon), coalesce(i.lat, b.lat), i.title,
       i.drill, i.deferred, i.reports, i.t_event, i.reported_at, i.state_at, i.closed_at, i.merged_into,
       nullif(i.breach_at, 'infinity'), k.stage, floor(extract(epoch from nullif(i.breach_at, 'infinity') - now()))::bigint,
       i.procedure, coalesce(i.breach_at, 'infinity')
from (
    select *
    from incident x
    where ($1::bigint is null or x.estate_id = $1::bigint)
      and case $2::text when 'open' then x.closed_at is null when 'closed' then x.closed_at is not null when 'all' then true
                        else x.state::text = $2::text end
      and ($3::text is null or x.severity::text = $3::text)
      and ($4::text is null or x.category = $4::text)
      and ($5::text is null or x.level = (select rank from incident_level where code = $5::text))
      and ($6::bigint is null or x.building_id = $6::bigint)
      and ($7::bigint is null or x.organisation_id = $7::bigint)
      and ($8::text is null or x.drill = $8::text::boolean)
      -- The first condition is for the index, which has the estate elsewhere.
      and ($9::timestamptz is null
           or (coalesce(x.breach_at, 'infinity') >= $9::timestamptz
               and (coalesce(x.breach_at, 'infinity'), x.estate_id, x.id) > ($9::timestamptz, $10::bigint, $11::bigint)))
    order by coalesce(x.breach_at, 'infinity'), x.estate_id, x.id
    limit $12::bigint
) i
join incident_category c on c.code = i.category
join incident_level l on l.rank = i.level
left join building b on b.estate_id = i.estate_id and b.id = i.building_id
left join organisation o on o.id = i.organisation_id
left join lateral (
    select k.stage from clock k
    where k.estate_id = i.estate_id and k.incident_id = i.id and k.stopped_at is null and k.due_at < 'infinity'
    order by k.due_at, k.stage
    limit 1
) k on true
order by coalesce(i.breach_at, 'infinity'), i.estate_id, i.id;
