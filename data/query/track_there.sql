-- Which of these subjects have a state. Parameters: estate_id, subjects (uuid[]). Columns: subject; in order.
-- Callers: duty/track_derive.c.
select subject from asset_state where estate_id = $1::bigint and subject = any ($2::uuid[]) order by subject;
