-- What has become of a pass that began so long ago that its partition may be gone: then nothing.
-- Parameters: estate_id, t_event, subject, place_kind, place_id, t_to, nearest_m, acc_m or null, fixes, method, 1 when it
-- is open. Columns: nothing. Callers: ingest/store_pass.c.
update pass
set t_to = $6::timestamptz, nearest_m = $7::float8, acc_m = $8::float8, fixes = $9::bigint, method = $10::text,
    open = $11::bigint = 1
where estate_id = $1::bigint and t_event = $2::timestamptz and subject = $3::uuid and place_kind = $4::text
  and place_id = $5::bigint and version = 1;
