-- Formula: checkpoint_completion version 1. The share of due checkpoints that were visited.
-- Definition: distinct due points with a valid visit / due points. A due point is a window of a duty at a checkpoint that is not
-- waived. A visit is valid when it lies in the window (a pass: overlaps it), is by one of the duty's subject types (at a reader
-- also a tag, a card or a unit), within radius_m and accuracy_m, long enough (dwell_s), and, a check-in, not far from the
-- checkpoint. The same subject there again within the given seconds is a duplicate and no visit. A visit in no window of its
-- duty is late for a point whose window ended, or early for one whose window begins, within the given seconds: the nearer one
-- that has no valid visit. Late and early ones do not count as visited.
-- Source: FIELD.md, "checkpoint completion" (guard-tour practice).
-- A window belongs to the period in which it begins; one that ends after `as of` is not due yet.
-- Rests on: visits (0029_formula.sql).
-- Parameters: estates (bigint[]), from, to, as of (timestamptz; null: all are due), late, early, duplicate (seconds).
-- Columns: estate_id, value, numerator, denominator (due points), unit ('1'), late, early (points), duplicates (visits), waived
-- (points). One row an estate.
-- Privacy: organisations and places; subjects are compared, not told.
-- Callers: api (measures), tests/duty/test_formula_visit.c.
with all_due as materialized (
    select w.estate_id, w.duty_id, w.place_id, w.t_from, w.t_to, w.verdict is not distinct from 'waived' as waived, d.proof,
           d.subject_types, d.radius_m, d.accuracy_m, d.dwell_s
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    where w.estate_id = any ($1::bigint[]) and w.place_kind = 'checkpoint' and w.t_from >= $2::timestamptz
      and w.t_from < $3::timestamptz and ($4::timestamptz is null or w.t_to <= $4::timestamptz)
), visit as materialized (
    select v.*, coalesce(v.t_from - lag(v.t_from) over (partition by v.estate_id, v.place_id, v.method, v.subject order by v.t_from)
                         <= $7::integer * interval '1 second', false) as again
    from visits($1::bigint[], '{checkpoint}', $2::timestamptz - $6::integer * interval '1 second',
                coalesce((select max(t_to) from all_due), $3::timestamptz) + $5::integer * interval '1 second') v
    where not v.far
), valid as materialized (
    select d.estate_id, d.duty_id, d.place_id, v.subject, v.method, v.t_from, v.t_to, v.again
    from (select distinct estate_id, duty_id, place_id, proof, subject_types, radius_m, accuracy_m, dwell_s from all_due) d
    join visit v on v.estate_id = d.estate_id and v.place_id = d.place_id
    where (v.method = 'checkin') = (d.proof = 'checkin')
      and (v.subject_type = any (d.subject_types) or (v.method = 'checkin' and v.subject_type in ('tag', 'card', 'unit')))
      and v.nearest_m <= d.radius_m and coalesce(v.acc_m, 0) <= d.accuracy_m
      and v.t_to - v.t_from >= d.dwell_s * interval '1 second'
), point as materialized (
    select d.estate_id, d.duty_id, d.place_id, d.t_from, d.t_to, d.waived, count(v.subject) as visited
    from all_due d
    left join valid v on v.estate_id = d.estate_id and v.duty_id = d.duty_id and v.place_id = d.place_id and not v.again
        and v.t_from < d.t_to and v.t_to >= d.t_from
    group by 1, 2, 3, 4, 5, 6
), stray as materialized (
    select v.* from valid v
    where not v.again
      and not exists (select 1 from all_due d
                      where d.estate_id = v.estate_id and d.duty_id = v.duty_id and d.place_id = v.place_id
                        and v.t_from < d.t_to and v.t_to >= d.t_from)
), meant as (
    select distinct on (s.estate_id, s.duty_id, s.place_id, s.t_from, s.subject)
           p.estate_id, p.duty_id, p.place_id, p.t_from, s.t_from >= p.t_to as late
    from stray s
    join point p on p.estate_id = s.estate_id and p.duty_id = s.duty_id and p.place_id = s.place_id
    where p.visited = 0 and not p.waived
      and ((s.t_from >= p.t_to and s.t_from - p.t_to < $5::integer * interval '1 second')
           or (s.t_to < p.t_from and p.t_from - s.t_to <= $6::integer * interval '1 second'))
    order by s.estate_id, s.duty_id, s.place_id, s.t_from, s.subject, greatest(s.t_from - p.t_to, p.t_from - s.t_to), p.t_from
), repeated as materialized (
    select distinct v.estate_id, v.place_id, v.subject, v.method, v.t_from from valid v where v.again
), missed as materialized (
    select m.estate_id, m.duty_id, m.place_id, m.t_from, bool_or(m.late) as late from meant m group by 1, 2, 3, 4
)
select a.estate_id, n.done::double precision / nullif(n.due, 0) as value, n.done as numerator, n.due as denominator, '1' as unit,
       (select count(*) from missed m where m.estate_id = a.estate_id and m.late) as late,
       (select count(*) from missed m where m.estate_id = a.estate_id and not m.late) as early,
       (select count(*) from repeated g where g.estate_id = a.estate_id) as duplicates,
       n.waived
from (select distinct unnest($1::bigint[]) as estate_id) a
cross join lateral (
    select count(*) filter (where not p.waived) as due, count(*) filter (where not p.waived and p.visited > 0) as done,
           count(*) filter (where p.waived) as waived
    from point p
    where p.estate_id = a.estate_id
) n
order by a.estate_id;
