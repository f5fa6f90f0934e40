-- What a request with this key of the client's was answered. Parameters: estate id, actor, key.
-- Columns: digest (of the request), status, location, body. No row: none yet. Callers: api/write.c.
select digest, status, location, body from request_answer
where estate_id = $1::bigint and actor = $2::text and key = $3::text;
