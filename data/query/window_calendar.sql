-- The days of a calendar that are not what their weekday says. Parameters: calendar's id.
-- Columns: days since 1970-01-01, whether it is worked. Callers: duty/open.c.
select day - date '1970-01-01', kind = 'work' from calendar_day where calendar_id = $1::bigint order by day;
