-- The migrations this database has had. Columns: version, checksum (hex). Callers: data/migrate.c.
select version, checksum from schema_migration order by version;
