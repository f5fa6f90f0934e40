-- Limits of a worker's connection: no wait may outlast the broker's patience (the hold limit is 40 s).
-- Columns: the settings. Callers: ingest/store.c.
select set_config('lock_timeout', '2s', false), set_config('statement_timeout', '20s', false),
       set_config('idle_in_transaction_session_timeout', '30s', false);
