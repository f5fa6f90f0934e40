-- How far a source's facts were cleared away, where the source keeps them shorter than the table does, or where the
-- table's partitions are longer than a day. Rows of the source older than purged_to are gone.
create table retention_mark (
    estate_id bigint not null references estate,
    source_id bigint not null references source,
    fact text not null check (fact in ('fix', 'event', 'dead_letter')),
    purged_to timestamptz not null,
    primary key (estate_id, source_id, fact)
);
