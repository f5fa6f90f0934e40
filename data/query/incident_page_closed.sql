-- Incidents that are closed, rejected or merged, the last closed first, a page at a time. Parameters and columns as of
-- incident_page, but for the state ('closed': all of them, 'rejected', 'merged') and ordered, which is closed_at.
-- Callers: api (GET /api/incidents?state=closed).
select i.estate_id, i.id, i.version, i.state::text, i.before::text, i.origin, i.category, c.name, c.name_en, i.severity::text,
       l.code, l.rank, l.name, l.name_en, i.organisation_id, o.name, o.name_en, i.shift_id, i.building_id,
       coalesce(b.name, b.codes[1]), b.name_en, i.storey, i.device_id, coalesce(i.lon, b.lon), coalesce(i.lat, b.lat), i.title,
       i.drill, i.deferred, i.reports, i.t_event, i.reported_at, i.state_at, i.closed_at, i.merged_into,
       nullif(i.breach_at, 'infinity'), k.stage, floor(extract(epoch from nullif(i.breach_at, 'infinity') - now()))::bigint,
       i.procedure, i.closed_at
from (
    select *
    from incident x
    where ($1::bigint is null or x.estate_id = $1::bigint)
      and x.closed_at is not null and ($2::text = 'closed' or x.state::text = $2::text)
      and ($3::text is null or x.severity::text = $3::text)
      and ($4::text is null or x.category = $4::text)
      and ($5::text is null or x.level = (select rank from incident_level where code = $5::text))
      and ($6::bigint is null or x.building_id = $6::bigint)
      and ($7::bigint is null or x.organisation_id = $7::bigint)
      and ($8::text is null or x.drill = $8::text::boolean)
      -- The first condition is for the index, which may have the estate elsewhere.
      and ($9::timestamptz is null
           or (x.closed_at <= $9::timestamptz and (x.closed_at, x.estate_id, x.id) < ($9::timestamptz, $10::bigint, $11::bigint)))
    order by x.closed_at desc, x.estate_id desc, x.id desc
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
order by i.closed_at desc, i.estate_id desc, i.id desc;
