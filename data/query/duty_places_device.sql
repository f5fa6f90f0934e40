-- Devices of a duty: the cameras or bins of an estate. A device is in the estate of its building, else in the one whose
-- outline holds its position, else in its source's. One that was bound anew has another row, and another id: whoever
-- names one of them means them all.
-- Parameters: the duty's estate, its subject's id or null, camera or bin. Columns: place_id, valid_from, valid_to.
-- Callers: duty (duty_places).
select d.id as place_id, d.valid_from, d.valid_to
from device d
join source s on s.id = d.source_id
left join building b on b.estate_id = d.building_estate_id and b.id = d.building_id
where d.kind = $3::text and d.state = 'accepted'
  and ($2::bigint is null
       or exists (select from device named
                  where named.id = $2::bigint and named.estate_id = d.estate_id and named.source_id = d.source_id
                    and named.native_id = d.native_id))
  and coalesce(d.building_estate_id,
               (select min(e.id) from estate e
                where e.valid_to is null and e.id <> 0 and st_intersects(e.geom, st_point(d.lon, d.lat, 4326))),
               d.estate_id) = $1::bigint
  and true -- filter
order by d.id;
