-- Windows that nobody has judged and that are none any more: their duty's version was closed before they begin, or their
-- place was (given per duty). Parameters: estate_id. Columns: nothing. Callers: duty/open.c.
delete from duty_window w
using duty d
where w.estate_id = $1::bigint and w.pending and w.verdict is null and d.estate_id = w.estate_id and d.id = w.duty_id
  and d.version = w.duty_version and d.valid_to <= w.t_from;
