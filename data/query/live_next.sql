-- When states of the estate's places are to be looked at again: when the next window begins or ends, at the latest in a minute
-- while any is open (what is swept grows), else in ten. Parameters: estate_id, now. Columns: nothing. Callers: duty/live.c.
update judge_mark m
set live_at = least(coalesce((
    select min(case when w.t_from > $2::timestamptz then w.t_from else w.t_to end)
    from duty_window w
    where w.estate_id = $1::bigint and w.t_from > $2::timestamptz - interval '32 days'
      and w.t_from < $2::timestamptz + interval '36 hours' and w.t_to > $2::timestamptz), 'infinity'),
    $2::timestamptz + case when exists (select from duty d where d.estate_id = $1::bigint and d.proof = 'area'
                                        and (d.valid_to is null or d.valid_to > $2::timestamptz))
                           then interval '1 minute' else interval '10 minutes' end)
where m.estate_id = $1::bigint;
