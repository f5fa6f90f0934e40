-- Photos of incidents that have been closed for long enough go. Parameters: how long they are kept (seconds), at most so many.
-- Columns: how many went. Callers: api/photo_sweep.c.
with old as (
    select p.estate_id, p.incident_id, p.hash
    from photo p
    join incident i on i.estate_id = p.estate_id and i.id = p.incident_id
    where i.closed_at + make_interval(secs => $1::bigint) <= now()
    limit $2::bigint
), gone as (
    delete from photo p
    using old o
    where p.estate_id = o.estate_id and p.incident_id = o.incident_id and p.hash = o.hash
    returning 1
)
select count(*) from gone;
