-- Formula: time_since_pass version 1. How long each building went without a pass.
-- Definition: I(b,t) = t - end of the last valid pass before t, 0 while one is going on. Its mean over the period is the exact
-- integral of that sawtooth (a gap from a to b that began at g adds ((b - g)^2 - (a - g)^2) / 2) over the period's length; its
-- maximum is the highest tooth. Without a pass in the look-back before the period, I begins there: mean and maximum are then
-- at least what is told (at_least). A breach is a gap that in a window of a pass duty at the building grows longer than that
-- window is, which is the interval asked; of several duties the one with most. The period is cut to the building's validity.
-- Source: FIELD.md, "time since pass"; node idleness in patrol theory (Machado, Ramalho, Zucker and Drogoul 2002).
-- A pass is valid in its newest version that is not void.
-- Parameters: estates (bigint[]), from, to (timestamptz), subject types (subject_type[]), radius_m, look-back (interval),
-- limit in seconds in place of the duties' windows (null: theirs).
-- Columns: estate_id, building_id, value (mean, s), numerator (integral, s2), denominator (s), unit ('s'), max_s, at_least,
-- passes (islands of passes that overlap), breaches, breach_s. One row a building.
-- Privacy: places; who passed is not told.
-- Callers: api (measures), tests/duty/test_formula_visit.c.
with building_at as materialized ( -- spans: islands of passes that overlap
    select b.estate_id, b.id, greatest($2::timestamptz, b.valid_from) as t0, least($3::timestamptz, b.valid_to) as t1, i.spans
    from building b
    cross join lateral (
        select range_agg(tstzrange(p.t_event, p.t_to, '[]')) as spans
        from (select distinct on (x.t_event, x.subject) x.t_event, x.t_to, x.void, x.subject_type, x.nearest_m
              from pass x
              where x.estate_id = b.estate_id and x.place_kind = 'building' and x.place_id = b.id and x.t_event < $3::timestamptz
                and x.t_event >= $2::timestamptz - $6::interval - interval '1 day'
              order by x.t_event desc, x.subject, x.version desc) p
        where not p.void and p.t_to >= $2::timestamptz - $6::interval and p.subject_type = any ($4::subject_type[])
          and p.nearest_m <= $5::double precision
    ) i
    where b.estate_id = any ($1::bigint[]) and b.valid_from < $3::timestamptz and (b.valid_to is null or b.valid_to > $2::timestamptz)
), gap as materialized ( -- began: where I is 0; a, b: what of the gap lies in the period
    select g.estate_id, g.id, g.began, g.first, greatest(g.began, g.t0) as a, least(g.ended, g.t1) as b
    from (
        select b.estate_id, b.id, b.t0, b.t1, coalesce(upper(s.span), b.t0 - $6::interval) as began, s.span is null as first,
               coalesce(lead(lower(s.span)) over (partition by b.estate_id, b.id order by lower(s.span) nulls first), b.t1) as ended
        from building_at b
        cross join lateral (select null::tstzrange as span union all select u from unnest(b.spans) u) s
    ) g
    where greatest(g.began, g.t0) < least(g.ended, g.t1)
), tooth as (
    select g.estate_id, g.id, sum((seconds(g.b - g.began) ^ 2 - seconds(g.a - g.began) ^ 2) / 2) as area,
           max(seconds(g.b - g.began)) as max_s, bool_or(g.first) as at_least
    from gap g
    group by 1, 2
), asked as (
    select w.estate_id, w.duty_id, w.place_id, w.t_from, w.t_to, seconds(w.t_to - w.t_from) as limit_s
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version and d.proof = 'pass'
    where $7::double precision is null and w.estate_id = any ($1::bigint[]) and w.place_kind = 'building' and w.t_to > $2::timestamptz
      and w.t_from >= $2::timestamptz - interval '31 days' and w.t_from < $3::timestamptz
    union all
    select b.estate_id, 0, b.id, b.t0, b.t1, $7::double precision from building_at b where $7::double precision is not null
), over as (
    select w.estate_id, w.place_id, w.duty_id, g.a,
           sum(greatest(0, least(seconds(least(g.b, w.t_to) - greatest(g.a, w.t_from)), seconds(least(g.b, w.t_to) - g.began) - w.limit_s))) as s
    from asked w
    join gap g on g.estate_id = w.estate_id and g.id = w.place_id and g.a < w.t_to and g.b > w.t_from
    group by 1, 2, 3, 4
), breach as (
    select d.estate_id, d.place_id, max(d.breaches) as breaches, max(d.s) as s
    from (select o.estate_id, o.place_id, o.duty_id, count(*) filter (where o.s > 0) as breaches, sum(o.s) as s
          from over o group by 1, 2, 3) d
    group by 1, 2
)
select b.estate_id, b.id as building_id, coalesce(t.area, 0) / nullif(seconds(b.t1 - b.t0), 0) as value,
       coalesce(t.area, 0) as numerator, seconds(b.t1 - b.t0) as denominator, 's' as unit, coalesce(t.max_s, 0) as max_s,
       coalesce(t.at_least, false) as at_least,
       (select count(*) from unnest(b.spans) s where s && tstzrange(b.t0, b.t1)) as passes,
       coalesce(r.breaches, 0) as breaches, coalesce(r.s, 0) as breach_s
from building_at b
left join tooth t on t.estate_id = b.estate_id and t.id = b.id
left join breach r on r.estate_id = b.estate_id and r.place_id = b.id
order by b.estate_id, b.id;
