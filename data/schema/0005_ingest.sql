-- Several workers, and messages that no key tells from their redelivery.
-- unsettled: messages without a time of their own that are stored while the broker may not know it yet (see
-- ingest/redelivery.h): an id each, written in the transaction that stored them.
alter table lease add column unsettled uuid[] not null default '{}';

-- The workers that are alive, so that each takes its share of the sources. Times are by the database's clock.
create table worker (
    owner text primary key,
    backend_pid integer not null,
    backend_start timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp()
);
