-- How many rows another query would give. Parameters: that query's. Columns: how many. Callers: data/filter.c, which puts the
-- query in its place.
select count(*)
from (
    select 1 -- query
) counted;
