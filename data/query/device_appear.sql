-- Rows for a batch's new devices, in key order; one that is there already is the same.
-- Parameters: estate_id, source_id, accepted or quarantined, [{native_id, kind, seen_us}]. Columns: native_id, id.
-- Callers: ingest/registry.c.
with wanted as materialized (
    select w.native_id, w.kind, timestamptz 'epoch' + w.seen_us * interval '1 microsecond' as seen
    from jsonb_to_recordset($4::text::jsonb) as w (native_id text, kind text, seen_us bigint)
), made as (
    insert into device (estate_id, source_id, native_id, kind, state, appeared, first_seen, last_seen)
    select $1::bigint, $2::bigint, native_id, kind, $3::text, true, seen, seen
    from wanted
    order by native_id collate "C"
    on conflict do nothing
    returning native_id, id
)
select native_id, id from made
union all
select d.native_id, d.id
from wanted w
join device d on d.estate_id = $1::bigint and d.source_id = $2::bigint and d.native_id = w.native_id
                 and d.valid_to is null;
