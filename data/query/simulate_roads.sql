-- Ways that simulated vehicles drive: the longest line of each road. Columns: 0, id, line (WKB). Callers: cli simulate.
select 0::bigint as estate_id, r.id, longest.line
from road r
cross join lateral (
    select st_asbinary(part.geom) as line, st_length(part.geom) as length
    from st_dump(st_linemerge(r.geom)) part
    where st_geometrytype(part.geom) = 'ST_LineString'
    order by st_length(part.geom) desc
    limit 1
) longest
where r.valid_to is null
order by longest.length desc, r.id
limit 12;
