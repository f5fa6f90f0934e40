-- The estate of a building. Parameters: id. Columns: estate_id. No row: there is none. Callers: api
-- (GET /api/buildings/{id}/responsible).
select estate_id from building where id = $1::bigint order by valid_to desc nulls first limit 1;
