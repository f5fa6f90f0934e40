-- A resolution before it is changed, locked until COMMIT. Parameters: estate id, id. Columns: tag (its version), state. No row: there is
-- none. Callers: api (PUT /api/resolutions/...).
select t.version::text, t.state from resolution t where t.estate_id = $1::bigint and t.id = $2::bigint for update;
