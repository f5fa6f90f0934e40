-- Facts that came late: windows that were decided without them are to be decided once more, and blind spots sought again, once a
-- minute at most.
-- Parameters: estate_id, now. Columns: marks read. Callers: duty/decide.c.
with mark as (
    delete from judge_again where estate_id = $1::bigint returning t_from, t_to
), reach as materialized (
    select range_agg(tstzrange(t_from, t_to, '[]')) as times, min(t_from) as t_from, max(t_to) as t_to, count(*) as marks from mark
), touched as (
    update duty_window w set pending = true
    from reach r
    where w.estate_id = $1::bigint and not w.pending
      and w.t_from > r.t_from - interval '32 days' and w.t_from <= r.t_to and w.t_to > r.t_from
      and r.times && tstzrange(w.t_from, w.t_to)
    returning w.due_at
), look as (
    update judge_mark m
    set due_at = least(m.due_at, t.due_at), blind_at = least(m.blind_at, date_trunc('minute', $2::timestamptz) + interval '1 minute')
    from (select min(due_at) as due_at from touched) t, reach r
    where m.estate_id = $1::bigint and r.marks > 0
)
select marks from reach;
