-- From a moment on no version of the duty is valid; one that was still to begin then never is.
-- Parameters: estate, id, the moment. Columns: version. Callers: duty (duty_put, duty_close).
update duty
set valid_to = greatest(valid_from, $3::timestamptz)
where estate_id = $1::bigint and id = $2::bigint and (valid_to is null or valid_to > greatest(valid_from, $3::timestamptz))
returning version;
