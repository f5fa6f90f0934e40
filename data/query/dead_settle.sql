-- Letters that were decoded now go, in the transaction that stores their events; the others stay with the new reason.
-- Parameters: estate_id, source_id, letters (JSON array of objects: at, id, reason when it stays), at of the first and of
-- the last of them. Columns: how many of them were there and nobody else's. Callers: ingest/replay.c.
with letter as materialized (
    select at, id, reason from jsonb_to_recordset($3::text::jsonb) l (at timestamptz, id uuid, reason text)
), held as materialized (
    select d.recorded_at, d.dedup, l.reason
    from letter l
    join dead_letter d on d.recorded_at = l.at and d.dedup = l.id
    where d.estate_id = $1::bigint and d.source_id = $2::bigint
      and d.recorded_at >= $4::timestamptz and d.recorded_at <= $5::timestamptz
    for update of d skip locked
), gone as (
    delete from dead_letter d
    using held h
    where d.estate_id = $1::bigint and d.recorded_at = h.recorded_at and d.dedup = h.dedup and h.reason is null
      and d.recorded_at >= $4::timestamptz and d.recorded_at <= $5::timestamptz
), kept as (
    update dead_letter d
    set reason = h.reason
    from held h
    where d.estate_id = $1::bigint and d.recorded_at = h.recorded_at and d.dedup = h.dedup and h.reason <> d.reason
      and d.recorded_at >= $4::timestamptz and d.recorded_at <= $5::timestamptz
)
select count(*) from held;
