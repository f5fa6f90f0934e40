-- How staged rows are spread over estates. Columns: estates, rows without one. Callers: data/import_merge.c.
select count(distinct in_estate) filter (where in_estate <> 0), count(*) filter (where coalesce(in_estate, 0) = 0)
from import_stage;
