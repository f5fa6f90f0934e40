-- Deletes lifecycles whose last word is older than events are kept, by their source or at all. Locks past rows that a
-- batch holds: the next time gets them. Parameters: how long events are kept, in seconds; how many rows at most.
-- Columns: rows deleted. Callers: ingest/worker_retention.c.
with old as materialized (
    select l.estate_id, l.id
    from source s
    join lifecycle l on l.estate_id = s.estate_id and l.source_id = s.id
                     and l.t_start < now() - least(s.retention, make_interval(secs => $1::bigint))
                     and l.t_last < now() - least(s.retention, make_interval(secs => $1::bigint))
    limit $2::bigint
    for update of l skip locked
), gone as (
    delete from lifecycle l using old o where l.estate_id = o.estate_id and l.id = o.id returning 1
)
select count(*) from gone;
