-- How simulated trucks come to collection points: the last 60 m of the nearest road or lane, up to the point.
-- Columns: estate_id, id of its zone, line (WKB). Callers: cli simulate.
select z.estate_id, z.id,
       st_asbinary(case when near.at > 0.5 then st_linesubstring(near.line, greatest(near.at - near.part, 0), near.at)
                        else st_reverse(st_linesubstring(near.line, near.at, least(near.at + near.part, 1))) end) as line
from zone z
cross join lateral (
    select part.geom as line, st_linelocatepoint(part.geom, st_centroid(z.geom)) as at,
           60 / greatest(st_length(part.geom::geography), 60) as part
    from road r
    cross join lateral st_dump(r.geom) part
    where r.valid_to is null and r.geom && st_expand(z.geom, 0.001)
      and st_geometrytype(part.geom) = 'ST_LineString'
    order by part.geom <-> st_centroid(z.geom), r.id
    limit 1
) near
where z.valid_to is null and z.kind = 'collection'
order by z.estate_id, z.id;
