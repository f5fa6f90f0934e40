-- Shifts that touch a time, and those of the list. Parameters: estate_id, from, to, ids (bigint[]).
-- Columns: id, starts_at, ends_at; by id. Callers: duty/track_table.c.
select id, starts_at, ends_at
from shift
where estate_id = $1::bigint
  and ((starts_at < $3::timestamptz and ends_at > $2::timestamptz) or id = any ($4::bigint[]))
order by id;
