-- One import at a time, so that two cannot make the same estate. Columns: locked. Callers: data/import.c.
select pg_try_advisory_lock(hashtext('hutong import'));
