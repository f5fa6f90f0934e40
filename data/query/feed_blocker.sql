-- Open transactions that have written: a new slot has to wait until all of them have ended, in whichever database of the
-- server they are. The oldest first. A plain role does not see when those of other roles began.
-- Columns: pid (null: prepared, two-phase), since or null, what it is ("psql, database x, idle in transaction").
-- Callers: data/feed_open.c.
select pid, since, what
from (
    select pid, xact_start as since, age(backend_xid) as old,
           concat_ws(', ', nullif(application_name, ''), 'database ' || datname, state) as what
    from pg_stat_activity
    where backend_xid is not null and pid <> pg_backend_pid()
    union all
    select null, prepared, age(transaction), concat('prepared transaction ', gid, ', database ', database)
    from pg_prepared_xacts
) writer
order by old desc
limit 1;
