-- The list of migrations itself; run at every start, so each statement must bear being run again.
create schema if not exists hutong;
create table if not exists schema_migration (
    version text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
);
