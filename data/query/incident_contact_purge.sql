-- Deletes contacts that were sealed so long ago. Parameters: how long they are kept, in seconds; how many rows at most.
-- Columns: rows deleted. Callers: ingest/worker_retention.c.
with old as materialized (
    select estate_id, incident_id, id
    from incident_contact
    where sealed_at < now() - make_interval(secs => $1::bigint)
    limit $2::bigint
    for update skip locked
), gone as (
    delete from incident_contact c using old o
    where c.estate_id = o.estate_id and c.incident_id = o.incident_id and c.id = o.id
    returning 1
)
select count(*) from gone;
