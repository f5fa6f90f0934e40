-- A worker ends: the others need not wait until it is missed. Parameters: owner. Callers: ingest/share.c.
delete from worker where owner = $1::text;
