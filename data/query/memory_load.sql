-- What a source's earlier messages said. Parameters: estate_id, source_id. Columns: content, locked.
-- Callers: ingest/memory.c.
select content from source_memory where estate_id = $1::bigint and source_id = $2::bigint;
