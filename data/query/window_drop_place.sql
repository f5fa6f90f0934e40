-- Windows of a duty that have not begun and whose place is not (or no more) one of its places.
-- Parameters: estate_id, duty's id, version, now, places (bigint[]), since when and until when each is valid (timestamptz[]
-- each). Columns: nothing. Callers: duty/open.c.
delete from duty_window w
where w.estate_id = $1::bigint and w.duty_id = $2::bigint and w.duty_version = $3::bigint and w.t_from >= $4::timestamptz
  and w.verdict is null
  and not exists (select from unnest($5::bigint[], $6::timestamptz[], $7::timestamptz[]) p (id, valid_from, valid_to)
                  where p.id = w.place_id and p.valid_from <= w.t_from and p.valid_to > w.t_from);
