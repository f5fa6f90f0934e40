-- Tells what notice_rule says of a step of one call: its department, or the level. A statement for each call: chains of notices are told
-- apart by their step - "call_joint:fire" - and the moment. Parameters: estate id, call id, step. Columns: nothing.
-- Callers: incident/joint.c.
insert into notice (estate_id, incident_id, step, contact_id, organisation_id, level, asks, line, link, body, call_id)
select distinct on (n.contact_id)
       c.estate_id, c.incident_id, r.step || ':' || f.code, n.contact_id, n.organisation_id, n.rank, r.asks,
       notice_line(i, r.name || '·' || f.name), concat('#', '&building=' || i.building_id, '&incident=', i.id),
       notice_body(i, r.step, r.name || '·' || f.name, r.name_en || ' - ' || f.name_en), c.id
from joint_call c
join joint_field f on f.code = c.field
join incident i on i.estate_id = c.estate_id and i.id = c.incident_id
join notice_rule r on r.step = $3::text
cross join lateral notice_next(i.estate_id, i.id, r.step || ':' || f.code, statement_timestamp(),
                               case r.whom when 'department' then c.organisation_id else level_organisation_of(i.estate_id, i.level) end,
                               0::smallint, i.level) n
where c.estate_id = $1::bigint and c.id = $2::bigint
order by n.contact_id, r.asks desc;
