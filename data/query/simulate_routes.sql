-- The rounds that simulated guards walk: the longest line of each route that is valid now.
-- Columns: estate_id, id, line (WKB). Callers: cli simulate.
select r.estate_id, r.id, longest.line
from route r
cross join lateral (
    select st_asbinary(part.geom) as line
    from st_dump(st_linemerge(r.geom)) part
    where st_geometrytype(part.geom) = 'ST_LineString'
    order by st_length(part.geom) desc
    limit 1
) longest
where r.valid_to is null
order by r.estate_id, r.key, r.id;
