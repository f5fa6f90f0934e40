-- Buildings of a duty. Those that are no more are among them: a window belongs to
-- what was there when it began.
-- Parameters: the duty's estate, its subject's id or null. Columns: place_id, valid_from, valid_to.
-- Callers: duty (duty_places).
select p.id as place_id, p.valid_from, p.valid_to
from building p
where p.estate_id = $1::bigint and ($2::bigint is null or p.id = $2::bigint)
  and true -- filter
order by p.id;
