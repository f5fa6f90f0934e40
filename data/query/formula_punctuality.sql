-- Formula: punctuality version 1. The share of due visits that were paid within their windows.
-- Definition: visits inside [start, end) / visits due. A window of a duty by pass or check-in asks for `count` visits; more than
-- it asks for count no more. Which visit is valid, and which a duplicate: as checkpoint_completion; places are buildings,
-- checkpoints and zones. A visit at the very end belongs to the next window. Waived windows are not due.
-- Source: FIELD.md, "punctuality".
-- A window belongs to the period in which it begins; one that ends after `as of` is not due yet.
-- Rests on: visits (0029_formula.sql).
-- Parameters: estates (bigint[]), from, to, as of (timestamptz; null: all are due), duplicate (seconds).
-- Columns: estate_id, place_kind, value, numerator, denominator (visits due), unit ('1'), windows, waived (windows). One row an
-- estate and kind of place that has such windows, and one with nulls for an estate without.
-- Privacy: organisations and places; subjects are compared, not told.
-- Callers: api (measures), tests/duty/test_formula_visit.c.
with due as materialized (
    select w.estate_id, w.duty_id, w.place_kind::text as place_kind, w.place_id, w.t_from, w.t_to,
           w.verdict is not distinct from 'waived' as waived, d.proof, d.subject_types, d.radius_m, d.accuracy_m, d.dwell_s, d.count
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    where w.estate_id = any ($1::bigint[]) and w.place_kind in ('building', 'checkpoint', 'zone') and d.proof in ('pass', 'checkin')
      and w.t_from >= $2::timestamptz and w.t_from < $3::timestamptz and ($4::timestamptz is null or w.t_to <= $4::timestamptz)
), visit as materialized (
    select v.*
    from (select x.*, coalesce(x.t_from - lag(x.t_from) over (partition by x.estate_id, x.place_kind, x.place_id, x.method, x.subject
                                                              order by x.t_from)
                               <= $5::integer * interval '1 second', false) as again
          from visits($1::bigint[], '{building,checkpoint,zone}', $2::timestamptz, coalesce((select max(t_to) from due), $3::timestamptz)) x
          where not x.far) v
    where not v.again
), paid as (
    select d.estate_id, d.place_kind, d.waived, d.count as asked, least(d.count, count(v.place_id)) as paid
    from due d
    left join visit v on v.estate_id = d.estate_id and v.place_kind = d.place_kind and v.place_id = d.place_id
        and v.t_from < d.t_to and v.t_to >= d.t_from and (v.method = 'checkin') = (d.proof = 'checkin')
        and (v.subject_type = any (d.subject_types) or (v.method = 'checkin' and v.subject_type in ('tag', 'card', 'unit')))
        and v.nearest_m <= d.radius_m and coalesce(v.acc_m, 0) <= d.accuracy_m
        and v.t_to - v.t_from >= d.dwell_s * interval '1 second'
    group by d.estate_id, d.duty_id, d.place_kind, d.place_id, d.t_from, d.waived, d.count
), counted as (
    select p.estate_id, p.place_kind, coalesce(sum(p.paid) filter (where not p.waived), 0)::bigint as paid,
           coalesce(sum(p.asked) filter (where not p.waived), 0)::bigint as asked, count(*) filter (where not p.waived) as windows,
           count(*) filter (where p.waived) as waived
    from paid p
    group by 1, 2
)
select a.estate_id, c.place_kind, c.paid::double precision / nullif(c.asked, 0) as value, coalesce(c.paid, 0) as numerator,
       coalesce(c.asked, 0) as denominator, '1' as unit, coalesce(c.windows, 0) as windows, coalesce(c.waived, 0) as waived
from (select distinct unnest($1::bigint[]) as estate_id) a
left join counted c on c.estate_id = a.estate_id
order by a.estate_id, c.place_kind;
