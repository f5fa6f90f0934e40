-- A code by which whoever works a shift signs in, while it lasts; codes of the past are cleared away.
-- Parameters: hash (bytea), shift id. Columns: call sign, starts_at, ends_at; no row: there is no such shift, or it is over.
-- Callers: cli token add --shift.
with old as (
    delete from shift_code where expires_at < now()
), found as (
    select estate_id, id, btrim(replace(label, '#', '')) as name, starts_at, ends_at
    from shift
    where id = $2::bigint and ends_at > now()
), made as (
    insert into shift_code (hash, estate_id, shift_id, expires_at)
    select $1::bytea, estate_id, id, ends_at from found
)
select name, starts_at, ends_at from found;
