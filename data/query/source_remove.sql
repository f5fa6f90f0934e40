-- Takes a source out of use; its facts stay. A worker, now or later, makes the broker forget its session.
-- Parameters: name. Columns: id, nothing (workers are told); no row when there is no such source. Callers: cli source remove.
update source set removed_at = now(), forgotten_at = null where name = $1::text and removed_at is null
returning id, pg_notify('hutong_source', '');
