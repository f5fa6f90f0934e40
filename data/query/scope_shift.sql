-- What who works a shift may see now: a field worker's looks in the shift's estate, while it lasts.
-- Parameters: estate id, shift id. Columns: look, estate_id. Callers: data/scope.c.
select l.look, h.estate_id
from shift h
join role_look l on l.role = 'field_worker'
where h.estate_id = $1::bigint and h.id = $2::bigint and h.starts_at <= now() and h.ends_at > now()
order by l.look;
