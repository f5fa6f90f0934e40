-- Duties, as OGC API features: those that are valid now, or the versions that were at any time of an interval. No geometry: the
-- places are those of their windows. Ids are id-version.
-- Parameters: area as WKB (null: anywhere), from and to of the interval (both null: now), id (null: all), at most so
-- many (null: all).
-- Columns: id, geometry (WKB), then the collection's properties in their order (api/collection_table.c).
-- Callers: api (/api/collections/duties), with a filter and an order.
select q.id, st_asbinary(q.geom), q.estate_id, q.duty_id, q.version, q.key, q.name, q.name_en, q.organisation_id,
       q.subject_kind, q.subject_id, q.schedule, q.proof, q.valid_from, q.valid_to
from (
    select d.id || '-' || d.version as id, null::geometry as geom, d.estate_id, d.id as duty_id, d.version, d.key, d.name,
           d.name_en, d.organisation_id, d.subject_kind::text as subject_kind, d.subject_id, d.schedule,
           d.proof::text as proof, d.valid_from, d.valid_to
    from duty d
) q
where ($1::bytea is null or st_intersects(q.geom, st_geomfromwkb($1::bytea, 4326)))
  and case when $2::timestamptz is null and $3::timestamptz is null then q.valid_to is null
           else q.valid_from <= coalesce($3::timestamptz, 'infinity')
                and coalesce(q.valid_to, 'infinity') > coalesce($2::timestamptz, '-infinity') end
  and ($4::text is null or q.id = $4::text)
  and true -- filter
order by q.id -- order
limit $5::bigint;
