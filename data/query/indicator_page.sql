-- The buildings of a page of indicators, by id. Parameters: estate id (null: all in sight), the moment, the last id of the page
-- before (null: the first page), at most so many. Columns: id. Callers: api (GET /api/indicators).
select b.id
from building b
where ($1::bigint is null or b.estate_id = $1::bigint) and b.valid_from <= $2::timestamptz
  and (b.valid_to is null or b.valid_to > $2::timestamptz) and b.id > coalesce($3::bigint, 0)
order by b.id
limit $4::bigint;
