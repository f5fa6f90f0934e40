-- A resolution of a meeting about an estate that it dealt with, and of one of its incidents or none. Parameters: estate id, meeting id,
-- incident id or null, organisation id, text, deadline, at, actor. Columns: id (null: it was not made), whether the meeting was about the
-- estate, there is such an incident (true: none is named), such an organisation. Callers: api (POST /api/meetings/.../resolutions).
with named as (
    select (select m.level from meeting m where m.estate_id = $1::bigint and m.id = $2::bigint) as level,
           $3::bigint is null or exists (select from incident i where i.estate_id = $1::bigint and i.id = $3::bigint) as incident,
           exists (select from organisation o where o.id = $4::bigint) as organisation
), made as (
    insert into resolution (estate_id, meeting_id, level, incident_id, organisation_id, text, made_at, made_by, deadline, warn_at)
    select $1::bigint, $2::bigint, n.level, $3::bigint, $4::bigint, $5::text, $7::timestamptz, $8::text, $6::timestamptz,
           $6::timestamptz - ($6::timestamptz - $7::timestamptz) / 5
    from named n
    where n.level is not null and n.incident and n.organisation
    returning id
)
select (select id from made), n.level is not null, n.incident, n.organisation from named n;
