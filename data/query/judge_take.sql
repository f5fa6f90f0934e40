-- Takes windows to decide: due, every source that could prove them read past that moment, and their time searched for gaps
-- (tracked_to) - or waited for longer than the limit. Parameters: estate_id, now, how many at most. Columns: windows taken of each proof (proof, count).
-- Callers: duty/decide.c.
with source_dry as materialized (
    -- how far each source is read that brings tracks or check-ins to this estate, and of whom
    select s.id, s.estate_id, coalesce(t.dry_at, '-infinity') as dry_at,
           array(select distinct h.subject_type from shift h
                 where h.estate_id = s.estate_id and h.source_id = s.id and h.ends_at > $2::timestamptz - interval '40 days')
           || case when s.subject_type is null then '{}'::subject_type[] else array[s.subject_type] end as types,
           exists (select from device r where r.estate_id = s.estate_id and r.source_id = s.id and r.kind = 'reader'
                   and r.valid_to is null) as readers
    from source s
    left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
    where s.estate_id in ($1::bigint, 0) and s.removed_at is null
), duty_dry as materialized (
    select d.id, d.version,
           (select min(s.dry_at) from source_dry s
            where d.proof not in ('fill', 'online')
              and (s.types && d.subject_types or (s.readers and d.proof in ('checkin', 'round')))) as dry_at
    from duty d
    where d.estate_id = $1::bigint
), due as (
    select w.*
    from duty_window w
    where w.estate_id = $1::bigint and w.pending and w.due_at <= $2::timestamptz
    order by w.due_at
), ready as (
    select w.estate_id, w.t_from, w.duty_id, w.place_id, w.t_to, w.place_kind::text, d.proof, d.subject_types, d.count, d.units,
           d.radius_m, d.accuracy_m, d.dwell_s, d.fraction, d.tool, d.form, d.fill_percent, d.allow_s,
           v.estate_id as device_estate_id, v.source_id
    from due w
    join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
    join duty_dry y on y.id = d.id and y.version = d.version
    join judge_mark k on k.estate_id = w.estate_id
    left join device v on d.proof in ('fill', 'online') and v.id = w.place_id and v.estate_id in (w.estate_id, 0)
    left join source_stat t on t.estate_id = v.estate_id and t.source_id = v.source_id
    where ((w.t_to <= k.tracked_to or d.proof in ('fill', 'online'))
           and coalesce(case when d.proof in ('fill', 'online') then t.dry_at else y.dry_at end, 'infinity') >= w.due_at)
       or w.due_at < $2::timestamptz - interval '24 hours'
    limit $3::bigint
), taken as (
    insert into judging select * from ready returning proof
)
select proof::text, count(*) from taken group by proof order by proof;
