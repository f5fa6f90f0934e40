-- Windows that judge opened ahead of time and that will not be: those of the duty that begin at the moment or later and
-- are not decided. Parameters: estate, duty, the moment. Callers: duty (duty_put, duty_close).
delete from duty_window
where estate_id = $1::bigint and duty_id = $2::bigint and t_from >= $3::timestamptz and verdict is null;
