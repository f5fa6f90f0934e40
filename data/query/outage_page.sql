-- Outages that overlap a time, as they turned out, newest first, a page at a time: of trackers for whoever sees units, of sources
-- and the platform for whoever sees records. Parameters: estate id or null (the platform's are of estate 0), from, to, t_from,
-- estate and id of the page before's last row (all null: the first page), at most so many.
-- Columns: estate_id, id, scope, cause, source, subject_type, t_from, t_to. Callers: api (GET /api/outages).
select o.estate_id, o.id, o.scope, o.cause, s.name, o.subject_type::text as subject_type, o.t_from, o.t_to
from (
    select distinct on (x.estate_id, x.scope, x.source_id, x.subject, x.t_from) x.*
    from outage x
    where x.t_from < $3::timestamptz and ($1::bigint is null or x.estate_id = $1::bigint)
    order by x.estate_id, x.scope, x.source_id, x.subject, x.t_from, x.id desc
) o
left join source s on s.id = o.source_id
where not o.void and (o.t_to is null or o.t_to > $2::timestamptz)
  and ($4::timestamptz is null or (o.t_from, o.estate_id, o.id) < ($4::timestamptz, $5::bigint, $6::bigint))
order by o.t_from desc, o.estate_id desc, o.id desc
limit $7::bigint;
