-- A serving session: reads only, gives up after a while, and does not compile queries that take milliseconds.
-- Parameters: statement_timeout. Callers: api (each connection, once).
select set_config('statement_timeout', $1::text, false), set_config('default_transaction_read_only', 'on', false),
       set_config('plan_cache_mode', 'force_custom_plan', false), -- a plan for all days' partitions takes seconds to make
       set_config('jit', 'off', false);
