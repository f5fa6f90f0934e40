-- Takes windows to decide: due, and every source that could prove them read past that moment - or waited for longer than
-- a day. Where tracks prove, they are read past the window's end first, so that their gaps are known; an estate whose tracks
-- nobody has read for an hour is not waited for. Those of two days at a time, the earliest due first, so that no step reads the
-- facts of a month.
-- Parameters: estate_id, now, how many at most. Columns: windows taken of each proof (proof, count).
-- Callers: duty/decide.c.
with source_dry as materialized (
    select * from sources_read($1::bigint, $2::timestamptz)
), duty_dry as materialized (
    select d.id, d.version,
           coalesce(case when d.proof not in ('fill', 'online')
                         then (select min(s.dry_at) from source_dry s
                               where s.types && d.subject_types or (s.readers and d.proof in ('checkin', 'round'))) end,
                    'infinity') as dry_at,
           coalesce(case when d.proof not in ('fill', 'online')
                         then (select min(m.tracked_to)
                               from source_dry s
                               join judge_mark m on m.estate_id = s.estate_id and m.tracked_to > $2::timestamptz - interval '1 hour'
                               where s.types && d.subject_types) end, 'infinity') as tracked_to
    from duty d
    where d.estate_id = $1::bigint
), ready as materialized (
    select w.estate_id, w.t_from, w.duty_id, w.place_id, w.t_to, w.place_kind::text, d.proof, d.subject_types, d.count, d.units,
           d.radius_m, d.accuracy_m, d.dwell_s, d.fraction, d.tool, d.form, d.fill_percent, d.allow_s,
           v.estate_id as device_estate_id, v.source_id
    from duty_window w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    join duty_dry y on y.id = d.id and y.version = d.version
    left join device v on d.proof in ('fill', 'online') and v.id = w.place_id and v.estate_id in (w.estate_id, 0)
    left join source_dry s on s.estate_id = v.estate_id and s.id = v.source_id
    where w.estate_id = $1::bigint and w.pending and w.due_at <= $2::timestamptz
      and w.due_at <= greatest($2::timestamptz - interval '24 hours', (select max(dry_at) from duty_dry))
      and ((least(y.dry_at, coalesce(s.dry_at, 'infinity')) >= w.due_at and y.tracked_to >= w.t_to)
           or w.due_at < $2::timestamptz - interval '24 hours')
    order by w.due_at
    limit $3::bigint
), taken as (
    insert into judging
    select * from ready where t_from < (select min(t_from) from ready) + interval '2 days'
    returning proof
)
select proof::text, count(*) from taken group by proof order by proof;
