-- The things that are simulated: those of the demo's sources. Columns: format, native_id, levels of its building (of the
-- tallest one near, for what stands at a place), kind, estate of its source. Callers: cli simulate.
select s.format, d.native_id, coalesce(b.levels, near.levels, 6)::int as levels, d.kind, d.estate_id
from device d
join source s on s.id = d.source_id and s.estate_id = d.estate_id and s.removed_at is null
left join building b on b.estate_id = d.building_estate_id and b.id = d.building_id
left join lateral (
    select max(n.levels) as levels
    from building n
    where d.kind = 'lift' and n.valid_to is null
      and st_dwithin(n.geom, st_setsrid(st_makepoint(d.lon, d.lat), 4326), 0.0001)
) near on true
where s.name like 'demo-%' and d.valid_to is null
order by s.name, d.native_id;
