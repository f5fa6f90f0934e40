-- Writes down that a meeting was about an estate. Parameters: estate id, the meeting's id (null: a new one), level's code, organisation id,
-- held_at, at, actor. Columns: id. No row: there is no such level or organisation, or the estate is in it already.
-- Callers: api (POST /api/meetings).
insert into meeting (estate_id, id, level, organisation_id, held_at, made_at, made_by)
select $1::bigint, coalesce($2::bigint, nextval(pg_get_serial_sequence('meeting', 'id'))), l.rank, o.id, $5::timestamptz, $6::timestamptz,
       $7::text
from incident_level l
join organisation o on o.id = $4::bigint
where l.code = $3::text
on conflict (estate_id, id) do nothing
returning id;
