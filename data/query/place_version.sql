-- The place version; one that has moved means that buildings have changed. Columns: version. Callers: data/place.c, ingest/store.c.
select version from place_version;
