-- One campaign. Parameters: code. Columns: id, t_from, t_to. No row: there is none.
-- Callers: api (GET /api/measures/{measure}).
select id, t_from, t_to from campaign where code = $1::text;
