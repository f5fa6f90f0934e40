-- A source's devices of now, and where they were before as far back as messages may still tell of. A building that was
-- closed since stands for the one that has taken its place. Rows of one device follow each other, the newest first.
-- Parameters: estate_id, source_id. Columns: native_id, id, whether it is in quarantine, whether it appeared by itself,
-- valid_from, building_id or null, its estate_id, storey, lon, lat, name or null,
-- kind. Callers: ingest/registry.c.
with known as (
    select d.*
    from device d
    where d.estate_id = $1::bigint and d.source_id = $2::bigint and d.valid_to is null
    union all
    select d.*
    from device d
    join source s on s.id = d.source_id
    where d.estate_id = $1::bigint and d.source_id = $2::bigint and d.valid_to > now() - s.retention
      and exists (select from device n
                  where n.estate_id = d.estate_id and n.source_id = d.source_id and n.native_id = d.native_id
                    and n.valid_to is null)
)
select k.native_id, k.id, k.state = 'quarantined', k.appeared, k.valid_from, b.id, b.estate_id, k.storey, k.lon, k.lat,
       k.name, k.kind
from known k
left join building o on o.estate_id = k.building_estate_id and o.id = k.building_id
left join lateral (
    select n.estate_id, n.id from building n
    where n.dataset = o.dataset and n.key = o.key and n.valid_to is null
    order by n.estate_id <> o.estate_id
    limit 1
) b on true
order by k.native_id collate "C", k.valid_to is not null, k.valid_from desc, k.id desc;
