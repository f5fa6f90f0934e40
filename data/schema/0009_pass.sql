-- Passes, what must be remembered to go on with them, and what they leave behind at places.
-- t_event is when the pass began and never changes; version 1 is ingest's, later ones are judge's.
alter table pass
    add column open boolean not null default false,
    add column method text not null default 'track' check (method in ('track', 'checkin'));
comment on column pass.t_event is 'from; t_to is the last evidence, of an open pass at most a minute of event time old';
comment on column pass.fixes is 'positions at the place; 0: the subject went past between two of them, or checked in';
create index pass_place on pass (estate_id, place_kind, place_id, t_event desc);

-- track: the last position that is evidence and the open passes, as facts/track_out.c writes them. It goes with the row
-- when the shift ends. The index on stored_at goes because every move of an asset changed it: with the primary key alone
-- a move stays within its page (HOT).
-- track_stamp: another number with each writing of the track; who remembers a track can tell whether it is still the one.
alter table asset_state
    add column track bytea,
    add column track_stamp bigint not null default 0;
drop index asset_state_stored;

-- Fixes that came too late for the track: from the first to the last of them, passes must be derived again.
create table stretch (
    estate_id bigint not null,
    subject uuid not null,
    t_from timestamptz not null,
    t_to timestamptz not null,
    marked_at timestamptz not null default clock_timestamp(),
    primary key (estate_id, subject)
);

-- State of places: newer event time wins, in each column by itself. Nothing in it tells whom.
-- last_event_at: of what happened there (alarm, access, checkpoint, detection, transition), not of devices' own reports.
create table building_state (
    estate_id bigint not null,
    building_id bigint not null,
    last_pass_at timestamptz,
    last_pass_subject_type subject_type,
    last_event_at timestamptz,
    last_alarm_at timestamptz,
    primary key (estate_id, building_id)
) with (fillfactor = 50);

create table zone_state (
    estate_id bigint not null,
    zone_id bigint not null,
    last_pass_at timestamptz,
    last_pass_subject_type subject_type,
    primary key (estate_id, zone_id)
) with (fillfactor = 50);
