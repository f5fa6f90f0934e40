-- Whoever writes or deletes the file of that hash, or its rows, is alone at it until the end of the transaction, on all machines.
-- Parameters: hash. Callers: api/photo_add.c, api/photo_sweep.c.
select pg_advisory_xact_lock(('x' || encode(substring($1::bytea from 1 for 8), 'hex'))::bit(64)::bigint);
