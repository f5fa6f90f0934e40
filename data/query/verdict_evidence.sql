-- What the versions of a window's verdict rest on, resolved: each piece with the row it names, as far as the caller sees it.
-- Parameters: estate id, duty id, place id, t_from; fact_from, fact_to, record_from, record_to of verdict_list (null: none is
-- named): partitions of other times are not even planned.
-- Columns: version, what; t_from, t_to (of pass, coverage, outage, waiver; an event's moment is t_from), subject_type,
-- nearest_m, acc_m, fixes, method, kind, source, share, tool, scope, cause, reason, approver, revoked_at, label,
-- label_en, unit_estate_id: at home of whom the label names. Callers: api (GET /api/verdicts/...).
with piece as (
    select v.version, w.place_kind::text as place_kind, w.place_id, e.no, e.what, e.estate_id, e.at, e.key, e.id,
           e.version as of_version
    from duty_window w
    join verdict v on v.estate_id = w.estate_id and v.t_from = w.t_from and v.duty_id = w.duty_id
                  and v.place_id = w.place_id and v.t_from = $4::timestamptz
    cross join lateral unnest(v.evidence) with ordinality e (what, estate_id, at, key, id, version, no)
    where w.estate_id = $1::bigint and w.duty_id = $2::bigint and w.place_id = $3::bigint and w.t_from = $4::timestamptz
), found as (
    select p.version, p.no, p.what, x.t_event as t_from, x.t_to, x.subject_type::text as subject_type, x.nearest_m, x.acc_m,
           x.fixes, x.method::text as method, null as kind, null::bigint as source_id, null::double precision as share,
           null::boolean as tool, null as scope, null as cause, null as reason, null as approver,
           null::timestamptz as revoked_at, p.estate_id, x.subject, null::bigint as shift_id
    from piece p
    join lateral (
        select * from pass x
        where x.estate_id = p.estate_id and x.t_event = p.at and x.subject = p.key and x.version = p.of_version
          and x.t_event >= $5::timestamptz and x.t_event <= $6::timestamptz and (p.id is null or x.place_id = p.id)
        order by (x.place_kind, x.place_id) is not distinct from (p.place_kind, p.place_id) desc, x.place_kind, x.place_id
        limit 1
    ) x on true
    where p.what = 'pass'
    union all
    select p.version, p.no, p.what, x.t_event, null, x.subject_type::text, x.place_dist_m, x.acc_m, null,
           x.place_method::text, x.kind::text, x.source_id, null, null, null, null, null, null, null, p.estate_id,
           x.subject, x.shift_id
    from piece p
    join event x on x.estate_id = p.estate_id and x.t_event = p.at and x.dedup = p.key
                and x.t_event >= $5::timestamptz and x.t_event <= $6::timestamptz
    where p.what = 'event'
    union all
    select p.version, p.no, p.what, x.t_event, x.t_to, x.subject_type::text, null, null, null, null, null, null,
           bit_count(x.cells)::double precision / nullif(g.passable, 0), x.tool, null, null, null, null, null, p.estate_id, x.subject, null
    from piece p
    join coverage x on x.estate_id = p.estate_id and x.t_event = p.at and x.subject = p.key and x.version = p.of_version
                   and x.zone_id = coalesce(p.id, p.place_id)
                   and x.t_event >= $5::timestamptz and x.t_event <= $6::timestamptz
    left join zone_grid g on g.estate_id = x.estate_id and g.zone_id = x.zone_id and g.grid = x.grid
    where p.what = 'coverage'
    union all
    select p.version, p.no, p.what, x.t_from, x.t_to, x.subject_type::text, null, null, null, null, null, x.source_id, null,
           null, x.scope, x.cause, null, null, null, p.estate_id, x.subject, x.shift_id
    from piece p
    join outage x on x.estate_id = p.estate_id and x.recorded_at = p.at and x.id = p.id
                 and x.recorded_at >= $7::timestamptz and x.recorded_at <= $8::timestamptz
    where p.what = 'outage'
    union all
    select p.version, p.no, p.what, x.t_from, x.t_to, null, null, null, null, null, null, null, null, null, null, null,
           x.reason, x.approver, x.revoked_at, p.estate_id, null, null
    from piece p
    join waiver x on x.estate_id = p.estate_id and x.recorded_at = p.at and x.id = p.id
                 and x.recorded_at >= $7::timestamptz and x.recorded_at <= $8::timestamptz
    where p.what = 'waiver'
), passer as ( -- a passer goes by the label it has on the map while it is on the shift in which it passed
    select distinct on (a.subject) a.subject, a.estate_id, a.label, a.label_en, coalesce(h.starts_at, '-infinity') as since
    from asset_state a
    left join shift h on h.estate_id = a.estate_id and h.id = a.shift_id
    where a.subject in (select subject from found)
    order by a.subject, a.t_event desc
)
select p.version, p.what, f.t_from, f.t_to, f.subject_type, f.nearest_m, f.acc_m, f.fixes, f.method, f.kind, s.name,
       f.share, f.tool, f.scope, f.cause, f.reason, f.approver, f.revoked_at,
       coalesce(a.label, case when h.device_hash is null then btrim(replace(h.label, '#', '')) else h.label end),
       coalesce(a.label_en, case when h.device_hash is null then btrim(replace(h.label_en, '#', '')) else h.label_en end),
       coalesce(a.estate_id, h.estate_id)
from piece p
left join found f on f.version = p.version and f.no = p.no
left join passer a on a.subject = f.subject and a.since <= f.t_from
left join shift h on h.estate_id = f.estate_id and h.id = f.shift_id
left join source s on s.id = f.source_id
order by p.version desc, p.no;
