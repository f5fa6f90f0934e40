-- The windows that were taken are settled. Parameters: none. Columns: nothing. Callers: incident/rule_watch.c.
delete from rule_window where taken;
