-- Somebody marked windows from outside (-infinity): from here on what he marks after this is another look.
-- Parameters: estate_id, now. Columns: nothing. Callers: duty/decide.c.
update judge_mark set due_at = $2::timestamptz where estate_id = $1::bigint and due_at = '-infinity';
