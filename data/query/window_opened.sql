-- A duty's windows are open up to that moment. Parameters: estate_id, id, version, moment. Callers: duty/open.c.
update duty set opened_to = greatest(opened_to, $4::timestamptz)
where estate_id = $1::bigint and id = $2::bigint and version = $3::bigint;
