-- How staged rows are spread over estates. Columns: estates, rows without one. Callers: data/import_merge.c.
select count(distinct estate_id) filter (where estate_id <> 0), count(*) filter (where coalesce(estate_id, 0) = 0)
from import_stage;
