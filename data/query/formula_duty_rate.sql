-- Formula: duty_rate version 1. The share of decided windows that were met.
-- Definition: met / (met + missed); with waived ones counted as met, (met + waived) / (met + missed + waived). What nobody can
-- tell (unknown) and what is not decided yet is in neither and is counted apart.
-- Source: FIELD.md, "Duties on the map"; the rate is printed with and without waivers.
-- A window belongs to the period in which it begins.
-- Parameters: estates (bigint[]), from, to (timestamptz), campaign id (null: all duties).
-- Columns: estate_id, organisation_id (null: nobody is named), value, numerator, denominator, unit ('1'), value_waived,
-- denominator_waived, missed, unknown, waived, undecided. One row an estate and organisation; one with nulls and zeros for an
-- estate without windows.
-- Privacy: organisations and places; no person is in it.
-- Callers: api (measures), tests/duty/test_formula_rate.c.
select n.estate_id, n.organisation_id,
       n.met::double precision / nullif(n.met + n.missed, 0) as value, n.met as numerator, n.met + n.missed as denominator, '1' as unit,
       (n.met + n.waived)::double precision / nullif(n.met + n.missed + n.waived, 0) as value_waived,
       n.met + n.missed + n.waived as denominator_waived, n.missed, n.unknown, n.waived, n.undecided
from (
    select a.estate_id, w.organisation_id, count(*) filter (where w.verdict = 'met') as met,
           count(*) filter (where w.verdict = 'missed') as missed, count(*) filter (where w.verdict = 'unknown') as unknown,
           count(*) filter (where w.verdict = 'waived') as waived,
           count(w.duty_id) filter (where w.verdict is null) as undecided
    from (select distinct unnest($1::bigint[]) as estate_id) a
    left join (
        select v.*
        from duty_window v
        join duty d on d.estate_id = v.estate_id and d.id = v.duty_id and d.version = v.duty_version
        where v.estate_id = any ($1::bigint[]) and v.t_from >= $2::timestamptz and v.t_from < $3::timestamptz
          and ($4::bigint is null or d.campaign_id = $4::bigint)
    ) w on w.estate_id = a.estate_id
    group by 1, 2
) n
order by n.estate_id, n.organisation_id;
