-- First statement of a change to a source's devices: others that change them wait until COMMIT, workers then read them
-- again. Parameters: source name. Columns: id, estate_id, format, subject_type or null, nothing (workers are told); no
-- row when there is no such source. Callers: cli/device_put.c, cli/device.c.
update source set registry_version = registry_version + 1
where name = $1::text and removed_at is null
returning id, estate_id, format, subject_type::text, pg_notify('hutong_device', '');
