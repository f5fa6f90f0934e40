-- What a batch's messages changed of that; an empty content is forgotten.
-- Parameters: estate_id, source_id, names (uuid[]), contents (bytea[]), pair by pair. Callers: ingest/memory.c.
with told as materialized (
    select t.name, t.content from unnest($3::uuid[], $4::bytea[]) as t (name, content)
), gone as (
    delete from source_memory m
    using told t
    where m.estate_id = $1::bigint and m.source_id = $2::bigint and m.name = t.name and t.content = ''
)
insert into source_memory (estate_id, source_id, name, content)
select $1::bigint, $2::bigint, name, content from told where content <> ''
on conflict (estate_id, source_id, name) do update set content = excluded.content;
