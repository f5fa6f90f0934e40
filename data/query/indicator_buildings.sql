-- What is measured of buildings over a period, a row each, in the order of their ids. From these come rates and densities,
-- each with its denominator (api/indicator.c); docs/formulas.md says what they mean.
-- Parameters: building ids (bigint[]), from, to, the moment at which the buildings are looked at, and what was on record when
-- (null: all that is known now).
-- Columns: estate_id, id, name, name_en, dwellings, floor_m2 (footprint by storeys), passes, last_pass_at, longest_gap_s; met,
-- missed, unknown, waived, undecided windows; incidents (reported in the period, neither rejected nor merged), open (at its
-- end), closed (in it: of those whose 30 days are over or that came again), recurring (of these: the same category again here
-- within 30 days). Callers: api (dossiers, GET /api/indicators).
with asked as materialized (
    select b.estate_id, b.id, b.name, b.name_en, b.dwellings, b.area_m2::double precision * b.levels as floor_m2
    from building b
    where b.id = any ($1::bigint[]) and b.valid_from <= $4::timestamptz
      and (b.valid_to is null or b.valid_to > $4::timestamptz)
), side as materialized (
    select array_agg(estate_id order by id) as estates, array_agg(id order by id) as buildings from asked
), told as materialized (
    select i.* from side, building_incidents(estates, buildings, $3::timestamptz, $5::timestamptz) i
), ended as (
    select c.estate_id, c.building_id, c.closed_at + interval '30 days' > $3::timestamptz as waits,
           exists (select from told o
                   where o.estate_id = c.estate_id and o.building_id = c.building_id and o.category = c.category
                     and o.id <> c.id and o.state not in ('rejected', 'merged') and o.reported_at > c.closed_at
                     and o.reported_at <= c.closed_at + interval '30 days') as again
    from told c
    where c.state = 'closed' and c.closed_at >= $2::timestamptz and c.closed_at < $3::timestamptz
), recurrence as (
    select estate_id, building_id, count(*) filter (where again or not waits) as closed, count(*) filter (where again) as recurring
    from ended
    group by 1, 2
), incidents as (
    select estate_id, building_id,
           count(*) filter (where reported_at >= $2::timestamptz and state not in ('rejected', 'merged')) as incidents,
           count(*) filter (where state not in ('closed', 'rejected', 'merged')) as open
    from told
    group by 1, 2
), windows as (
    select w.estate_id, w.building_id, count(*) filter (where w.verdict = 'met') as met,
           count(*) filter (where w.verdict = 'missed') as missed, count(*) filter (where w.verdict = 'unknown') as unknown,
           count(*) filter (where w.verdict = 'waived') as waived, count(*) filter (where w.verdict is null) as undecided
    from side, windows_then(estates, buildings, $2::timestamptz, $3::timestamptz, $5::timestamptz) w
    group by 1, 2
), passes as (
    select p.* from side, building_passes(estates, buildings, $2::timestamptz, $3::timestamptz, $5::timestamptz) p
)
select a.estate_id, a.id, a.name, a.name_en, a.dwellings, a.floor_m2, p.passes, p.last_pass_at, p.longest_gap_s,
       coalesce(w.met, 0) as met, coalesce(w.missed, 0) as missed, coalesce(w.unknown, 0) as unknown,
       coalesce(w.waived, 0) as waived, coalesce(w.undecided, 0) as undecided, coalesce(i.incidents, 0) as incidents,
       coalesce(i.open, 0) as open, coalesce(r.closed, 0) as closed, coalesce(r.recurring, 0) as recurring
from asked a
left join passes p on p.estate_id = a.estate_id and p.building_id = a.id
left join windows w on w.estate_id = a.estate_id and w.building_id = a.id
left join incidents i on i.estate_id = a.estate_id and i.building_id = a.id
left join recurrence r on r.estate_id = a.estate_id and r.building_id = a.id
order by a.id;
