-- Closes devices of a source. One that sends again appears again.
-- Parameters: estate_id, source_id, native ids (text[]). Columns: native_id. Callers: cli/device.c.
with closed as (
    update device set valid_to = now()
    where estate_id = $1::bigint and source_id = $2::bigint and native_id = any ($3::text[]) and valid_to is null
    returning estate_id, id, native_id
), forgotten as (
    delete from device_state s using closed c where s.estate_id = c.estate_id and s.device_id = c.id
), unended as (
    delete from lifecycle l using closed c where l.estate_id = c.estate_id and l.device_id = c.id and l.t_end is null
)
select native_id from closed;
