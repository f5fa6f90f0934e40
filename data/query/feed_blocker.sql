-- Open transactions that have written: a new slot has to wait until all of them have ended, in whichever database of the
-- server they are. The oldest. A plain role does not see when those of other roles began.
-- Columns: since or null, what it is ("process 7, psql, database x, idle in transaction"), how to end it.
-- Callers: data/feed_open.c.
select since, what, cure
from (
    select xact_start as since, age(backend_xid) as old,
           concat_ws(', ', 'process ' || pid, nullif(application_name, ''), 'database ' || datname, state) as what,
           format('pg_terminate_backend(%s)', pid) as cure
    from pg_stat_activity
    where backend_xid is not null and pid <> pg_backend_pid()
    union all
    select prepared, age(transaction), concat('prepared transaction, database ', database),
           format('rollback prepared %L', gid)
    from pg_prepared_xacts
) writer
order by old desc
limit 1;
