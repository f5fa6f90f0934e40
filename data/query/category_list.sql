-- What incidents can be about. Parameters: none. Columns: code, gb_class, name, name_en, files, severity, procedure.
-- Callers: api (GET /api/incidents/categories).
select code, gb_class, name, name_en, files, severity::text, procedure from incident_category order by code;
