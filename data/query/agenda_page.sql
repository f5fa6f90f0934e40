-- What the next meeting of a level has to talk about: the incidents that are open at it, and its resolutions that are not done, by what is
-- due first, a page at a time. The last meeting is the level's newest of the estate. Parameters: level's code, estate id or null, ordered,
-- estate, kind and id of the page before's last row (all null: the first page), at most so many. Columns: ordered (the earliest deadline;
-- infinity without one), estate_id, kind (0 incident, 1 resolution), id, estate, estate_en, last_meeting_at, category, category_name,
-- category_name_en, severity, state, title, drill, building, building_en, storey, reported_at, since (at this level), escalated (since the last
-- meeting), breached, deferred, due_at, organisation_id, organisation, organisation_en, meeting_id, incident_id, text, made_at.
-- Callers: api (GET /api/agenda).
with at as materialized (
    select rank from incident_level where code = $1::text
), item as (
    (select coalesce(i.breach_at, 'infinity') as ordered, i.estate_id, 0 as kind, i.id
     from incident i
     where i.closed_at is null and i.level = (select rank from at) and ($2::bigint is null or i.estate_id = $2::bigint)
       and ($3::timestamptz is null
            or (coalesce(i.breach_at, 'infinity') >= $3::timestamptz
                and (coalesce(i.breach_at, 'infinity'), i.estate_id, 0::bigint, i.id) > ($3::timestamptz, $4::bigint, $5::bigint, $6::bigint)))
     order by 1, 2, 3, 4
     limit $7::bigint)
    union all
    (select t.deadline, t.estate_id, 1, t.id
     from resolution t
     where t.state = 'open' and t.level = (select rank from at) and ($2::bigint is null or t.estate_id = $2::bigint)
       and ($3::timestamptz is null
            or (t.deadline, t.estate_id, 1::bigint, t.id) > ($3::timestamptz, $4::bigint, $5::bigint, $6::bigint))
     order by 1, 2, 3, 4
     limit $7::bigint)
    order by 1, 2, 3, 4
    limit $7::bigint
)
select x.ordered, x.estate_id, x.kind, x.id, e.name, e.name_en, m.held_at, i.category, c.name, c.name_en, i.severity::text,
       coalesce(i.state::text, t.state), i.title, i.drill, coalesce(b.name, b.codes[1]), b.name_en, i.storey, i.reported_at, u.at,
       case when i.id is not null then coalesce(u.at > coalesce(m.held_at, '-infinity'), false) end,
       case when i.id is not null then exists (select from clock k where k.estate_id = i.estate_id and k.incident_id = i.id
                                               and k.breached_at is not null) else t.overdue_at is not null end,
       i.deferred, nullif(x.ordered, 'infinity'), coalesce(t.organisation_id, i.organisation_id), o.name, o.name_en, t.meeting_id,
       t.incident_id, t.text, t.made_at
from item x
join estate e on e.id = x.estate_id
left join incident i on x.kind = 0 and i.estate_id = x.estate_id and i.id = x.id
left join resolution t on x.kind = 1 and t.estate_id = x.estate_id and t.id = x.id
left join incident_category c on c.code = i.category
left join building b on b.estate_id = i.estate_id and b.id = i.building_id
left join organisation o on o.id = coalesce(t.organisation_id, i.organisation_id)
left join lateral (select max(m.held_at) as held_at from meeting m
                   where m.estate_id = x.estate_id and m.level = (select rank from at) and m.held_at <= now()) m on true
left join lateral (select max(s.at) as at from incident_step s
                   where s.estate_id = i.estate_id and s.incident_id = i.id and s.step = 'escalate') u on true
order by x.ordered, x.estate_id, x.kind, x.id;
