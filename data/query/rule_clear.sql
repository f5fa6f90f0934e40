-- What an incident rests on is over: noted, it moves nothing. Parameters: estate_id, id, at, note. Columns: version; no row: it is
-- closed. Callers: incident/rule_raise.c.
with said as (
    update incident set version = version + 1
    where estate_id = $1::bigint and id = $2::bigint and closed_at is null
    returning estate_id, id, version, state
), noted as (
    insert into incident_step (estate_id, incident_id, step, at, state, note)
    select estate_id, id, 'clear', $3::timestamptz, state, $4::text from said
)
select version from said;
