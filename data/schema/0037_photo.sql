-- Photos of incidents. The pictures themselves lie outside, in a folder, by what they hold (photo/photo.h): one that several
-- incidents show lies there once. A row goes when its incident has been closed for as long as photos are kept, a file with its last
-- row; the step that says that there was one stays.
create table photo (
    estate_id bigint not null,
    incident_id bigint not null,
    hash bytea not null check (length(hash) = 32),
    kind text not null check (kind in ('scene', 'before', 'after')),
    at timestamptz not null default now(),
    taken_at timestamptz,
    actor text not null,
    bytes integer not null,
    width integer not null,
    height integer not null,
    primary key (estate_id, incident_id, hash),
    foreign key (estate_id, incident_id) references incident
);
comment on column photo.hash is 'SHA-256 of the file';
comment on column photo.at is 'when it was sent';
comment on column photo.taken_at is 'when it was taken, if whoever sent it said so; never from the file, of which only pixels are kept';
create index photo_hash on photo (hash);

-- Which folder is this database's: what nobody here refers to is deleted there, so another database's would be emptied.
create table photo_folder (
    one boolean primary key default true check (one),
    id uuid not null default gen_random_uuid()
);
insert into photo_folder default values;

alter table photo enable row level security;
grant select on photo to hutong_serve, hutong_district, hutong_planner, hutong_auditor;
create policy serve on photo for select to hutong_serve using (estate_id = any ((select scope_estates('incident'))::bigint[]));
create policy whole on photo for select to hutong_district using (true);

-- Who is on shift at an estate now, among all that ever were.
create index shift_ends on shift (estate_id, ends_at);
