-- Whether there is anything to settle: hits, windows, states that are due, teams that may have arrived.
-- Parameters: now. Columns: whether, the database's clock. Callers: incident/rule.c.
select exists (select from rule_hit where settled_at is null and t_event > now() - interval '8 days')
       or exists (select from rule_window) or exists (select from rule_state where due_at <= $1::timestamptz)
       or exists (select from incident where shift_id is not null and building_id is not null and state in ('dispatched', 'accepted'))
           as any;
