-- The estate's duties that ask for passes at buildings now. Parameters: estate_id, now. Columns: id, schedule.
-- Callers: duty/live.c.
select id, schedule
from duty
where estate_id = $1::bigint and proof = 'pass' and subject_kind = 'building' and valid_from <= $2::timestamptz
  and (valid_to is null or valid_to > $2::timestamptz)
order by id;
