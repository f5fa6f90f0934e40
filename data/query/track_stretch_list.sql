-- Stretches of an estate's subjects that can be derived again now, the oldest first.
-- Parameters: estate_id, how many. Columns: subject, t_from, t_to, marked_at. Callers: duty/track_derive.c.
select subject, t_from, t_to, marked_at
from stretch
where estate_id = $1::bigint and (retry_at is null or retry_at <= clock_timestamp() or marked_at > tried_at)
order by t_from, subject
limit $2::bigint;
