-- Windows of a calendar's duties that have not begun: judge opens those again that the calendar still has.
-- Parameters: calendar, now. Columns: nothing. Callers: cli import calendars, after calendar_reopen.sql.
delete from duty_window w
using duty d
where d.calendar_id = $1::bigint and w.estate_id = d.estate_id and w.duty_id = d.id and w.duty_version = d.version
  and w.t_from >= $2::timestamptz and w.verdict is null;
