-- Zones, routes or checkpoints that are valid, a page at a time. Parameters: 'zone', 'route' or 'checkpoint'; estate id or null;
-- estate and id of the page before's last row (both null: the first page), at most so many.
-- Columns: as place_find.sql, but for row_tag. Callers: api (GET /api/zones, routes, checkpoints).
select p.key, p.kind, p.name, p.name_en, p.building_id, p.tag, st_asgeojson(p.geom, 7) as geometry, p.attributes::text as attributes,
       p.valid_from, p.estate_id, p.id
from (
    select u.*
    from (
        select estate_id, id, key, kind, name, name_en, null::bigint as building_id, null::text as tag, geom::geometry as geom,
               attributes, valid_from
        from zone where $1::text = 'zone' and valid_to is null
        union all
        select estate_id, id, key, null, name, name_en, null, null, geom, attributes, valid_from
        from route where $1::text = 'route' and valid_to is null
        union all
        select estate_id, id, key, null, name, name_en, building_id, tag, geom, attributes, valid_from
        from checkpoint where $1::text = 'checkpoint' and valid_to is null
    ) u
    where ($2::bigint is null or u.estate_id = $2::bigint)
      and ($3::bigint is null or (u.estate_id, u.id) > ($3::bigint, $4::bigint))
    order by u.estate_id, u.id
    limit $5::bigint
) p
order by p.estate_id, p.id;
