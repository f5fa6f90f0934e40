-- A duty's windows are open up to that moment - if nobody has set back meanwhile how far they were open.
-- Parameters: estate_id, id, version, moment, how far they were open. Columns: nothing. Callers: duty/open.c.
update duty set opened_to = greatest(opened_to, $4::timestamptz)
where estate_id = $1::bigint and id = $2::bigint and version = $3::bigint and opened_to = $5::timestamptz;
