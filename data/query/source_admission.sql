-- Says what becomes of a source's devices that nobody has named.
-- Parameters: name, accept or quarantine. Columns: id, nothing (workers are told). Callers: cli/source.c.
update source set admission = $2::text, registry_version = registry_version + 1
where name = $1::text and removed_at is null
returning id, pg_notify('hutong_device', '');
