-- May this role follow what is committed here, and has the server room for one more who does?
-- Parameters: publication. Columns: wal_level, role, replication (may it?), slots_max, slots_used, senders_max,
--             senders_used, backend_pid, published (null: there is no such publication; else whether it publishes every
--             kind of change).
-- Callers: data/feed_open.c.
select current_setting('wal_level') as wal_level, current_user::text as role,
       r.rolreplication or r.rolsuper as replication,
       current_setting('max_replication_slots')::integer as slots_max,
       (select count(*) from pg_replication_slots) as slots_used,
       current_setting('max_wal_senders')::integer as senders_max,
       (select count(*) from pg_stat_replication) as senders_used, pg_backend_pid() as backend_pid,
       (select p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate
        from pg_publication p where p.pubname = $1::text) as published
from pg_roles r
where r.rolname = current_user;
