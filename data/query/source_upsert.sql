-- Makes or changes a source, with its lease and counter rows. A source keeps its home estate for life.
-- Parameters: name, topics (text[]), format, subject_type or null, tz, datum, estate_id, purpose, retention (interval text).
-- Columns: id, nothing (workers are told); no row when the name stands for a source of another estate.
-- Callers: cli source add, cli up.
with made as (
    insert into source (name, topics, format, subject_type, tz, datum, estate_id, purpose, retention)
    values ($1::text, $2::text[], $3::text, $4::text::subject_type, $5::text, $6::text, $7::bigint, $8::text,
            $9::text::interval)
    on conflict (name) do update
    set topics = excluded.topics, format = excluded.format, subject_type = excluded.subject_type, tz = excluded.tz,
        datum = excluded.datum, purpose = excluded.purpose, retention = excluded.retention, removed_at = null
    where source.estate_id = excluded.estate_id
    returning id, estate_id
), leased as (
    insert into lease (estate_id, source_id) select estate_id, id from made on conflict do nothing
), counted as (
    insert into source_stat (estate_id, source_id) select estate_id, id from made on conflict do nothing
)
select id, pg_notify('hutong_source', '') from made;
