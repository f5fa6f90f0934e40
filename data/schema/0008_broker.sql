-- What the broker does to us, and how far each source is read.
alter table source_stat
    add column dry_at timestamptz,
    add column held_since timestamptz,
    add column held_messages bigint not null default 0,
    add column session_at timestamptz,
    add column gaps bigint not null default 0,
    add column last_gap_at timestamptz,
    add column losses bigint not null default 0,
    add column last_loss_at timestamptz,
    add column last_loss text,
    add column seen_at timestamptz;
comment on column source_stat.dry_at is
    'the watermark: all that the broker had for this source at that moment is stored; never taken from t_event';
comment on column source_stat.held_since is 'a batch has been read and cannot be stored since then; null: none';
comment on column source_stat.session_at is
    'since when the broker keeps a session for this source without having lost it; null: it keeps none';
comment on column source_stat.gaps is 'how often the broker had lost that session: messages of that time may be missing';
comment on column source_stat.losses is 'connections to the broker that broke or did not come about; last_loss says why';
comment on column source_stat.seen_at is 'when a worker last looked, without a batch';

-- What brokers say about themselves, one row a node that a worker is connected to; numbers are null where it is silent.
create table broker_state (
    address text primary key,
    protocol smallint not null,
    sys boolean not null,
    version text,
    uptime_s bigint,
    dropped bigint,
    stored bigint,
    disconnected bigint,
    read_at timestamptz not null default clock_timestamp()
);
comment on column broker_state.sys is 'it publishes counters below $SYS, and this user may read them';
comment on column broker_state.dropped is 'messages that it threw away since its start, because a queue was full';
