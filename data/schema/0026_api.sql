-- Writing through the API: looks for it, and the answers that requests with a key of the client's own have had.
alter table role_look drop constraint role_look_look_check;
alter table role_look add constraint role_look_look_check
    check (look in ('place', 'record', 'count', 'unit', 'device', 'operate', 'audit', 'manage', 'judge', 'report'));
-- A company keeps its places and its rosters, but neither sets nor waives what it has to do; whoever works a shift checks in.
insert into role_look (role, look)
select r.role::access_role, l.look
from (values ('administrator', '{manage,judge,report}'), ('district', '{manage,judge,report}'),
             ('street', '{manage,judge}'), ('community', '{manage,judge}'), ('company', '{manage,report}'),
             ('field_worker', '{report}')) r (role, looks)
cross join lateral unnest(r.looks::text[]) l (look);

-- actor: the session's or token's account, or the shift. digest: of method, address and body: the same key with other
-- words is a mistake. An answer is kept for 30 days, which is longer than a phone is out of reach.
create table request_answer (
    estate_id bigint not null,
    actor text collate "C" not null,
    key text collate "C" not null,
    digest uuid not null,
    status integer not null,
    location text,
    body text,
    recorded_at timestamptz not null default now(),
    primary key (estate_id, actor, key)
);
create index request_answer_age on request_answer (recorded_at);

-- Check-ins that people send come through the API. A source of them belongs to an estate; its devices are shifts.
comment on column source.format is 'a decoder''s or mapping''s name; checkin: its devices are the estate''s shifts, by their ids';

-- The entity tag of a row: a hash of what can be changed about it.
create function row_tag(variadic parts text[]) returns text language sql immutable parallel safe
return md5(array_to_string(parts, chr(31), chr(30)));
