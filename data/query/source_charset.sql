-- Says in what a source's texts are written. Parameters: name, charset. Columns: id, nothing (workers are told).
-- Callers: cli/source.c.
update source set charset = $2::text
where name = $1::text and removed_at is null
returning id, pg_notify('hutong_source', '');
