-- For planners: what happened at a building in the 24 hours up to the last full hour, null where that is about fewer than
-- five subjects. All null for a building that is not there or not in the scope. Parameters: building id. Columns: passes,
-- units, events.
-- Callers: api (GET /api/buildings/{id}/dossier).
select passes, units, events from building_count($1::bigint);
