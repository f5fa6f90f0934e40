-- Settling of rule hits is one program's at a time; whoever comes second leaves it. Until the end of the transaction.
-- Parameters: none. Columns: whether it is ours. Callers: incident/rule.c.
select pg_try_advisory_xact_lock(114934872832);
