-- Three shifts a day of a guard - 06:00, 14:00 and 22:00 by the estate's clock - that begin in [from, to), each of eight
-- hours; where one of the same phone overlaps, that one is kept.
-- Parameters: source name, device_hash (uuid), label, label_en, from, to. Columns: how many were made, nothing (workers are
-- told). Callers: cli up (--demo).
with home as (
    select s.id, s.estate_id, e.tz, e.organisation_id
    from source s join estate e on e.id = s.estate_id
    where s.name = $1::text and s.removed_at is null
), turn as (
    select h.*, (day + start) at time zone h.tz as starts_at, (day + start + interval '8 hours') at time zone h.tz as ends_at
    from home h
    cross join generate_series(date_trunc('day', $5::timestamptz at time zone 'UTC') - interval '1 day', $6::timestamptz at time zone 'UTC' + interval '1 day', interval '1 day') day
    cross join unnest(array[interval '6 hours', interval '14 hours', interval '22 hours']) start
), made as (
    insert into shift (estate_id, source_id, device_hash, subject_type, label, label_en, starts_at, ends_at, organisation_id)
    select t.estate_id, t.id, $2::uuid, 'guard', $3::text, $4::text, t.starts_at, t.ends_at, t.organisation_id
    from turn t
    where t.starts_at >= $5::timestamptz and t.starts_at < $6::timestamptz
      and not exists (select from shift s
                      where s.estate_id = t.estate_id and s.source_id = t.id and s.label = $3::text
                        and s.starts_at < t.ends_at and s.ends_at > t.starts_at)
    returning id
)
select count(*), pg_notify('hutong_shift', '') from made;
