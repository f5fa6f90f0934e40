-- The incidents at buildings that are open at a moment, of each building the newest 20.
-- Parameters: estate ids and building ids (bigint[], side by side), the moment, what was on record when (null: all that is known
-- now). Columns: building_id, id, category, category_name, category_name_en, severity, state, title, reported_at.
-- Callers: api (GET /api/buildings/{id}/dossier, POST /api/buildings/dossiers).
select i.building_id, i.id, i.category, c.name as category_name, c.name_en as category_name_en, i.severity::text as severity,
       i.state::text as state, i.title, i.reported_at
from (
    select x.*, row_number() over (partition by x.building_id order by x.reported_at desc, x.id desc) as n
    from building_incidents($1::bigint[], $2::bigint[], $3::timestamptz, $4::timestamptz) x
    where x.state not in ('closed', 'rejected', 'merged')
) i
join incident_category c on c.code = i.category
where i.n <= 20
order by i.building_id, i.n;
