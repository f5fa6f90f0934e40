-- Ends what import_lock began. Columns: unlocked. Callers: data/import.c.
select pg_advisory_unlock(hashtext('hutong import'));
