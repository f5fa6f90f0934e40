-- The box of the estates that are valid now, of those that are seen.
-- Parameters: none. Columns: west, south, east, north (all null: there is none). Callers: api (/api/collections).
select st_xmin(e.box), st_ymin(e.box), st_xmax(e.box), st_ymax(e.box)
from (select st_extent(geom) as box from estate where valid_to is null) e;
