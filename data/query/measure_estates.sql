-- Estates of the scope that a measure is asked for, ascending: the one that is named, or all but what belongs to none.
-- Parameters: estate id or null. Columns: id. Callers: api (GET /api/measures/{measure}).
select id from estate where case when $1::bigint is null then id <> 0 else id = $1::bigint end order by id;
