-- Limits of a worker's connection: no statement may outlast the lease (10 s), nor any wait the broker's patience (40 s).
-- Columns: the settings. Callers: ingest/store.c.
select set_config('lock_timeout', '2s', false), set_config('statement_timeout', '9s', false),
       set_config('idle_in_transaction_session_timeout', '30s', false);
