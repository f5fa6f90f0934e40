-- Is there such a category of incidents? Parameters: code. Columns: code; no row: there is none. Callers: cli import policies.
select code from incident_category where code = $1::text;
