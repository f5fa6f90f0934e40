-- The ledger of problems, the last reported first, a page at a time: incidents but for drills, with when each step of theirs was
-- taken. Of a dispute neither what somebody wrote nor where it is. filed_at to on_site_at: the first time; resolved_at (or planned)
-- to verified_at: the last. Parameters: estate id, id of who manages the estate, id of whom it is with (each or null; organisations with
-- all below them), reported from, to, state ('open', 'closed', 'all' or one of the states), overdue ('true', 'false' or null), id (null:
-- all), reported_at, estate and id of the page before's last row (all null: the first page), at most so many.
-- Columns: estate_id, id, tz, number, estate, estate_en, building_id, building, building_en, storey, category, category_name,
-- category_name_en, gb_class, title, severity, origin, t_event, reported_at, reports, level, level_name, level_name_en,
-- organisation_id, organisation, organisation_en, filed_at, dispatched_at, accepted_at, on_site_at, resolved_at, fed_back_at,
-- verified_at, closed_at, state, deadline, left_s, overdue, result, reworks, escalations, urges, deferred, manager, manager_en.
-- Callers: api (/api/ledgers/problems, /api/estates/.../plan).
select i.estate_id, i.id, i.tz, i.estate_id || '-' || i.id, i.estate, i.estate_en, b.id, coalesce(b.name, b.codes[1]),
       coalesce(b.name_en, b.name, b.codes[1]), case when i.told then i.storey end, i.category, c.name, c.name_en, c.gb_class,
       case when i.told then i.title end, i.severity::text, i.origin, i.t_event, i.reported_at, i.reports, l.code, l.name, l.name_en,
       o.id, o.name, coalesce(o.name_en, o.name), s.filed_at, s.dispatched_at, s.accepted_at, s.on_site_at, s.resolved_at, s.fed_back_at,
       s.verified_at, i.closed_at, i.state::text, i.deadline, i.left_s, i.overdue,
       case when i.state = 'closed' and s.revoked then 'revoked' when i.state in ('rejected', 'merged') then i.state::text
            when i.state in ('resolved', 'fed_back', 'verified', 'closed') then case when s.planned then 'planned' else 'resolved' end end,
       s.reworks, s.escalations, s.urges, i.deferred, m.name, coalesce(m.name_en, m.name)
from (
    select x.*, x.procedure <> 'dispute' as told, e.tz, e.name as estate, coalesce(e.name_en, e.name) as estate_en,
           e.organisation_id as manager_id, d.deadline, d.left_s, coalesce(d.overdue, false) as overdue,
           coalesce(x.organisation_id, h.organisation_id) as with_id
    from incident x
    join estate e on e.id = x.estate_id
    left join shift h on h.estate_id = x.estate_id and h.id = x.shift_id
    left join lateral incident_deadline(x.estate_id, x.id) d on true
    where not x.drill and x.reported_at >= $4::timestamptz and x.reported_at < $5::timestamptz
      and ($1::bigint is null or x.estate_id = $1::bigint)
      and ($2::bigint is null or e.organisation_id in (select organisation_below($2::bigint)))
      and ($3::bigint is null or coalesce(x.organisation_id, h.organisation_id) in (select organisation_below($3::bigint)))
      and case $6::text when 'open' then x.closed_at is null when 'closed' then x.closed_at is not null when 'all' then true
                        else x.state::text = $6::text end
      and ($7::text is null or coalesce(d.overdue, false) = $7::text::boolean)
      and ($8::bigint is null or x.id = $8::bigint)
      -- The first condition is for the index, which may have the estate elsewhere.
      and ($9::timestamptz is null
           or (x.reported_at <= $9::timestamptz and (x.reported_at, x.estate_id, x.id) < ($9::timestamptz, $10::bigint, $11::bigint)))
    order by x.reported_at desc, x.estate_id desc, x.id desc
    limit $12::bigint
) i
join incident_category c on c.code = i.category
join incident_level l on l.rank = i.level
left join building b on b.estate_id = i.estate_id and b.id = i.building_id and i.told
left join organisation o on o.id = i.with_id
left join organisation m on m.id = i.manager_id
left join lateral (
    select min(s.at) filter (where s.step = 'file') as filed_at, min(s.at) filter (where s.step = 'dispatch') as dispatched_at,
           min(s.at) filter (where s.step = 'accept') as accepted_at, min(s.at) filter (where s.step = 'arrive') as on_site_at,
           max(s.at) filter (where s.step in ('resolve', 'plan')) as resolved_at,
           max(s.at) filter (where s.step = 'feed_back') as fed_back_at, max(s.at) filter (where s.step = 'verify') as verified_at,
           max(s.id) filter (where s.step = 'plan') > coalesce(max(s.id) filter (where s.step = 'resolve'), 0) as planned,
           bool_or(s.step = 'revoke') as revoked, count(*) filter (where s.step = 'rework') as reworks,
           count(*) filter (where s.step = 'escalate') as escalations, count(*) filter (where s.step = 'urge') as urges
    from incident_step s
    where s.estate_id = i.estate_id and s.incident_id = i.id and s.recorded_at >= i.reported_at - interval '1 day'
) s on true
order by i.reported_at desc, i.estate_id desc, i.id desc;
