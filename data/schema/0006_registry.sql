-- The registry: devices that are things. They appear by themselves or are added; persons' devices are never here (shifts
-- know them by hash). A device's estate_id is its source's, for life; where it is stands in building_estate_id, as in
-- the facts, so it may be another estate's building and has no foreign key. A binding is never moved in place: the row
-- is closed and another opened. appeared: nobody has said yes to it so far.
alter table source
    add column admission text not null default 'accept' check (admission in ('accept', 'quarantine')),
    add column registry_version bigint not null default 1;
comment on column source.admission is 'what becomes of a device that nobody has named: accept, or quarantine until somebody accepts it';
comment on column source.registry_version is 'moves when somebody changes the source''s devices: workers then read them again';

alter table source_stat
    add column quarantined bigint not null default 0,
    add column unknown_overflow bigint not null default 0;

alter table device
    drop constraint device_estate_id_building_id_fkey,
    drop constraint device_estate_id_entrance_id_fkey,
    add column building_estate_id bigint,
    add column state text not null default 'accepted' check (state in ('accepted', 'quarantined')),
    add column appeared boolean not null default false,
    add column first_seen timestamptz,
    add column last_seen timestamptz,
    add column messages bigint not null default 0,
    add constraint device_building check ((building_id is null) = (building_estate_id is null)),
    add constraint device_position check ((lon is null) = (lat is null) and (lon is null or building_id is null));
create index device_past on device (estate_id, source_id, valid_to) where valid_to is not null;

-- Where an event happened at another device than the one it is about: a reader, a room's node.
alter table event add column station_id bigint;

-- The latest of each thing, by what it tells of: its own state, a measurement, an input. Newer event time wins.
create table device_state (
    estate_id bigint not null,
    device_id bigint not null,
    kind event_kind not null,
    channel text collate "C" not null default '',
    t_event timestamptz not null,
    t_recv timestamptz not null,
    phase event_phase not null,
    severity smallint,
    measures jsonb,
    flags integer not null default 0,
    stored_at timestamptz not null default clock_timestamp(),
    primary key (estate_id, device_id, kind, channel)
) with (fillfactor = 50);
