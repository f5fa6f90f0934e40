-- A worker says that it is alive, and hears how many there are to share the sources.
-- Parameters: owner, seconds after which one that said nothing counts no more. Columns: workers alive, sources.
-- Callers: ingest/share.c.
with alive as materialized (
    select w.owner
    from worker w
    join pg_stat_activity a on a.pid = w.backend_pid and a.backend_start = w.backend_start
    where w.owner <> $1::text and w.seen_at > clock_timestamp() - $2::bigint * interval '1 second'
), gone as (
    delete from worker where seen_at < clock_timestamp() - interval '1 hour'
), me as (
    insert into worker (owner, backend_pid, backend_start)
    select $1::text, a.pid, a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid()
    on conflict (owner) do update
    set backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, seen_at = clock_timestamp()
)
select (select count(*) from alive) + 1 as workers, (select count(*) from source where removed_at is null) as sources;
