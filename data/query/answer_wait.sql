-- Waits while another request with this key is being done, so that answer_find.sql, which follows, finds its answer. Held until
-- COMMIT. Parameters: estate id, actor, key. Columns: nothing. Callers: api/write.c.
select pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'answer', $1::bigint, $2::text, $3::text), 0));
