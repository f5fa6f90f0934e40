-- Forgets what is over: newer words than these are not waited for. Parameters: now. Columns: nothing.
-- Callers: incident/rule_watch.c.
delete from rule_state
where (state = 'clear' and heard_at < $1::timestamptz - interval '8 days')
   or (duty_id is not null and heard_at < $1::timestamptz - interval '60 days');
