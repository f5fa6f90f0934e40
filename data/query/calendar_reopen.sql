-- A calendar says something else: its duties' windows are to be opened anew from now on. Waits for a judge who is opening them.
-- Parameters: calendar, now. Columns: nothing. Callers: cli import calendars, before calendar_drop.sql (which then sees what
-- that judge opened).
update duty set opened_to = $2::timestamptz
where calendar_id = $1::bigint and opened_to > $2::timestamptz and (valid_to is null or valid_to > $2::timestamptz);
