-- Limits of judge's connection: it waits for nobody's lock for long, holding its own meanwhile. Parameters: none.
-- Columns: the settings. Callers: duty/judge.c.
select set_config('lock_timeout', '2s', false), set_config('idle_in_transaction_session_timeout', '60s', false);
