-- How many windows of what are before judge, for the planner: a temporary table has no statistics of its own accord.
-- Parameters: none. Columns: nothing. Callers: duty/decide.c.
analyze judging;
