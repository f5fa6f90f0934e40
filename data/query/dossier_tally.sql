-- How many incidents were reported at buildings in a period, by category and state.
-- Parameters: estate ids and building ids (bigint[], side by side), from, to, what was on record when (null: all that is known
-- now). Columns: building_id, category, category_name, category_name_en, state, count. Callers: api (GET /api/buildings/{id}/dossier, POST /api/buildings/dossiers).
select i.building_id, i.category, c.name as category_name, c.name_en as category_name_en, i.state::text as state, count(*) as count
from building_incidents($1::bigint[], $2::bigint[], $4::timestamptz, $5::timestamptz) i
join incident_category c on c.code = i.category
where i.reported_at >= $3::timestamptz
group by i.building_id, i.category, c.name, c.name_en, i.state
order by i.building_id, i.category, i.state;
