-- One step of upkeep at a time, of all workers: the lock ends with the transaction.
-- Columns: whether it is ours. Callers: data/retention.c.
select pg_try_advisory_xact_lock(114934872831);
