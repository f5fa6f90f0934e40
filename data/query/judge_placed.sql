-- Windows are open for the places and devices of that version. Parameters: estate_id, version. Columns: nothing.
-- Callers: duty/open.c.
update judge_mark set place_version = $2::bigint where estate_id = $1::bigint and place_version <> $2::bigint;
