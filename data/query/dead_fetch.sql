-- The next letters of a source, in the order they came: after the one given, so many and so many sealed bytes at most, but
-- one at least. Parameters: estate_id, source_id, recorded_at and dedup of the one before, until, reason or null, letters,
-- bytes. Columns: recorded_at, dedup, topic_sealed, payload_sealed. Callers: ingest/replay.c.
select recorded_at, dedup, topic_sealed, payload_sealed
from (
    select recorded_at, dedup, topic_sealed, payload_sealed,
           sum(octet_length(payload_sealed)) over sofar as bytes, row_number() over sofar as number
    from (
        select recorded_at, dedup, topic_sealed, payload_sealed
        from dead_letter
        where estate_id = $1::bigint and source_id = $2::bigint and recorded_at >= $3::timestamptz
          and recorded_at < $5::timestamptz and (recorded_at, dedup) > ($3::timestamptz, $4::uuid)
          and ($6::text is null or reason = $6::text)
        order by recorded_at, dedup
        limit $7::bigint
    ) next
    window sofar as (order by recorded_at, dedup)
) counted
where number = 1 or bytes <= $8::bigint
order by recorded_at, dedup;
