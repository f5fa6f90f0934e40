-- Deletes dead letters of one stretch of time, of all sources whose time has come, but no more rows than the limit; below it,
-- all are gone, and the sources' marks say so.
-- Parameters: now, keep in seconds, from, to, limit. Columns: rows deleted. Callers: data/retention.c.
with slice as materialized (
    select s.estate_id, s.id as source_id, coalesce(m.purged_to, $3::timestamptz) as from_time,
           least($1::timestamptz - least(s.retention, make_interval(secs => $2::bigint)), $4::timestamptz) as to_time
    from source s
    left join retention_mark m on m.estate_id = s.estate_id and m.source_id = s.id and m.fact = 'dead_letter'
    where coalesce(m.purged_to, $3::timestamptz)
          < least($1::timestamptz - least(s.retention, make_interval(secs => $2::bigint)), $4::timestamptz)
), old as materialized (
    select f.estate_id, f.recorded_at, f.dedup
    from slice s
    join dead_letter f on f.estate_id = s.estate_id and f.source_id = s.source_id and f.recorded_at >= s.from_time
             and f.recorded_at < s.to_time
    where f.recorded_at >= $3::timestamptz and f.recorded_at < $4::timestamptz
    limit $5::bigint
), gone as (
    delete from dead_letter f
    using old o
    where f.estate_id = o.estate_id and f.recorded_at = o.recorded_at and f.dedup = o.dedup
      and f.recorded_at >= $3::timestamptz and f.recorded_at < $4::timestamptz
    returning 1
), marked as (
    insert into retention_mark (estate_id, source_id, fact, purged_to)
    select estate_id, source_id, 'dead_letter', to_time from slice where (select count(*) from old) < $5::bigint
    on conflict (estate_id, source_id, fact) do update set purged_to = excluded.purged_to
)
select count(*) from gone;
