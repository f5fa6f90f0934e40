-- What `hutong doctor` and `hutong up` look at before they trust a server.
-- Columns: version_num, wal_level, fsync, full_page_writes, synchronous_commit, replication (may this role?),
--          slots_max, slots_used, slot_keep (-1: no limit), now, backend_pid, postgis (installed, else available, else null),
--          encoding, role, senders_max, senders_used.
-- Callers: cli/doctor.c.
select current_setting('server_version_num')::integer as version_num, current_setting('wal_level') as wal_level,
       current_setting('fsync')::boolean as fsync, current_setting('full_page_writes')::boolean as full_page_writes,
       current_setting('synchronous_commit') as synchronous_commit, r.rolreplication or r.rolsuper as replication,
       current_setting('max_replication_slots')::integer as slots_max,
       (select count(*) from pg_replication_slots) as slots_used,
       current_setting('max_slot_wal_keep_size') as slot_keep,
       clock_timestamp() as now, pg_backend_pid() as backend_pid,
       coalesce((select extversion from pg_extension where extname = 'postgis'),
                (select default_version from pg_available_extensions where name = 'postgis')) as postgis,
       current_setting('server_encoding') as encoding, current_user::text as role,
       current_setting('max_wal_senders')::integer as senders_max,
       (select count(*) from pg_stat_replication) as senders_used
from pg_roles r
where r.rolname = current_user;
