-- Notes a migration as done. Parameters: version, checksum (hex). Callers: data/migrate.c.
insert into schema_migration (version, checksum) values ($1::text, $2::text);
