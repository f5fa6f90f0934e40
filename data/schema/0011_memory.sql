-- What a source's earlier messages said that later ones lean on: names behind a birth's aliases, whether a contact was
-- open. Bounded for each source (8 MiB). It may name persons' devices, so the database cannot read it: name is an HMAC,
-- content is locked, both under keys that lie apart (docs/security.md).
create table source_memory (
    estate_id bigint not null references estate,
    source_id bigint not null references source,
    name uuid not null,
    content bytea not null,
    primary key (estate_id, source_id, name)
) with (fillfactor = 70);
