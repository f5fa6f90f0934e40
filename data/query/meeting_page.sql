-- Meetings as far as they were about estates in sight, the newest first, a page at a time. Parameters: estate id or null, level's code or
-- null, meeting id or null, held_at and id of the page before's last row (both null: the first page), at most so many.
-- Columns: id, held_at, level, organisation_id, organisation, organisation_en, made_at, made_by, estates (ids with commas), resolutions, open
-- (how many of them). Callers: api (/api/meetings).
select m.id, m.held_at, l.code, o.id, o.name, o.name_en, m.made_at, m.made_by, m.estates, t.resolutions, t.open
from (
    select x.id, x.held_at, x.level, x.organisation_id, x.made_at, x.made_by, string_agg(x.estate_id::text, ',' order by x.estate_id) as estates
    from meeting x
    where ($1::bigint is null or x.estate_id = $1::bigint)
      and ($2::text is null or x.level = (select rank from incident_level where code = $2::text))
      and ($3::bigint is null or x.id = $3::bigint)
      and ($4::timestamptz is null or (x.held_at, x.id) < ($4::timestamptz, $5::bigint))
    group by 1, 2, 3, 4, 5, 6
    order by x.held_at desc, x.id desc
    limit $6::bigint
) m
join incident_level l on l.rank = m.level
join organisation o on o.id = m.organisation_id
cross join lateral (select count(*) as resolutions, count(*) filter (where t.state = 'open') as open from resolution t where t.meeting_id = m.id) t
order by m.held_at desc, m.id desc;
