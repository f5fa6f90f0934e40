-- Windows that have changed, for this transaction; of several words about one window the newest. Parameters: none. Columns: how
-- many. Callers: incident/rule_watch.c.
with taken as (
    update rule_window set taken = true where not taken returning 1
)
select count(*) from taken;
