-- One writer of an estate's duties at a time, until the transaction ends. Parameters: estate. Columns: nothing.
-- Callers: duty (duty_put, duty_close).
select pg_advisory_xact_lock(hashtextextended('hutong duty', $1::bigint));
