-- Tells ingest that places have changed: it reloads its index. Columns: version. Callers: data/import_merge.c, api/place.c.
update place_version set version = version + 1 returning version;
