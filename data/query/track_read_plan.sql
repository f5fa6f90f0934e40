-- How the next reading of positions is planned, in this transaction: page by page ('off') costs a third of row by row along
-- the index, which the planner prefers as long as it takes their order for perfect. Parameters: 'on' or 'off'.
-- Columns: the setting. Callers: duty/track_slice.c, around track_read.sql.
select set_config('enable_indexscan', $1::text, true);
