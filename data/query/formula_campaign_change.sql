-- Formula: campaign_change version 1. What became of the duties at a campaign's places before, during and after it.
-- Definition: verdicts of all windows at the places that the campaign's duties name, in three periods of equal length: the
-- campaign's own [from, to), as long before it and as long after it. value: met / (met + missed) of that period; change:
-- value - value before. The places, not the duties, are compared: a campaign's own duties do not exist before it.
-- Source: FIELD.md, duty rate; campaigns (专项行动) with before/after counts, issue 7. No cause is claimed.
-- A window belongs to the period in which it begins.
-- Parameters: estates (bigint[]), campaign id, as of (timestamptz; null: not asked): a period that ends later is not complete.
-- Columns: estate_id, phase ('before', 'during', 'after'), t_from, t_to, complete, places, value, numerator, denominator, unit
-- ('1'), change, missed, unknown, waived, undecided. Three rows an estate; none when there is no such campaign.
-- Privacy: places; no person is in it.
-- Callers: api (measures), tests/duty/test_formula_rate.c.
with phase as materialized (
    select p.number, p.name, c.t_from + (p.number - 2) * (c.t_to - c.t_from) as t_from,
           c.t_from + (p.number - 1) * (c.t_to - c.t_from) as t_to
    from campaign c
    cross join (values (1, 'before'), (2, 'during'), (3, 'after')) p (number, name)
    where c.id = $2::bigint
), place as materialized (
    select distinct w.estate_id, w.place_kind, w.place_id
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    where w.estate_id = any ($1::bigint[]) and d.campaign_id = $2::bigint
      and w.t_from >= (select min(t_from) from phase) and w.t_from < (select max(t_to) from phase)
), counted as (
    select w.estate_id, f.number, count(*) filter (where w.verdict = 'met') as met,
           count(*) filter (where w.verdict = 'missed') as missed, count(*) filter (where w.verdict = 'unknown') as unknown,
           count(*) filter (where w.verdict = 'waived') as waived, count(*) filter (where w.verdict is null) as undecided
    from phase f
    join duty_window w on w.t_from >= f.t_from and w.t_from < f.t_to
    join place p on p.estate_id = w.estate_id and p.place_kind = w.place_kind and p.place_id = w.place_id
    where w.t_from >= (select min(t_from) from phase) and w.t_from < (select max(t_to) from phase)
    group by 1, 2
), rated as (
    select a.estate_id, f.number, f.name as phase, f.t_from, f.t_to, coalesce(f.t_to <= $3::timestamptz, true) as complete,
           (select count(*) from place p where p.estate_id = a.estate_id) as places,
           c.met::double precision / nullif(c.met + c.missed, 0) as value, coalesce(c.met, 0) as numerator,
           coalesce(c.met + c.missed, 0) as denominator, '1' as unit, coalesce(c.missed, 0) as missed,
           coalesce(c.unknown, 0) as unknown, coalesce(c.waived, 0) as waived, coalesce(c.undecided, 0) as undecided
    from (select distinct unnest($1::bigint[]) as estate_id) a
    cross join phase f
    left join counted c on c.estate_id = a.estate_id and c.number = f.number
)
select r.estate_id, r.phase, r.t_from, r.t_to, r.complete, r.places, r.value, r.numerator, r.denominator, r.unit,
       r.value - b.value as change, r.missed, r.unknown, r.waived, r.undecided
from rated r
join rated b on b.estate_id = r.estate_id and b.number = 1
order by r.estate_id, r.number;
