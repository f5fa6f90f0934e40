-- Incidents: what is to be done about what happened, from the report to the verified end, on clocks.

-- The loop of GB/T 30428. paused stands beside it: the state before is kept, and comes back.
create type incident_state as enum ('reported', 'filed', 'dispatched', 'accepted', 'on_site', 'resolved', 'fed_back', 'verified',
                                    'closed', 'rejected', 'merged', 'paused');
create type incident_severity as enum ('small', 'serious', 'complex', 'special');

-- The one table of allowed steps: nothing else moves an incident. next: the state after; null: it stays, and after resume and
-- split it is the one of before. note: the step needs a reason in words. by: people, the platform, or either.
create table incident_move (
    state incident_state not null,
    step text collate "C" not null,
    next incident_state,
    note boolean not null default false,
    by text not null default 'people' check (by in ('people', 'platform', 'either')),
    primary key (state, step)
);
insert into incident_move (state, step, next, note)
values ('reported', 'file', 'filed', false), ('reported', 'reject', 'rejected', true),
       ('filed', 'dispatch', 'dispatched', false), ('filed', 'reject', 'rejected', true),
       ('dispatched', 'dispatch', 'dispatched', false), ('dispatched', 'accept', 'accepted', false),
       ('dispatched', 'refuse', 'filed', true), ('accepted', 'dispatch', 'dispatched', true),
       ('on_site', 'resolve', 'resolved', false), ('on_site', 'plan', 'resolved', true), ('on_site', 'dispatch', 'dispatched', true),
       ('resolved', 'feed_back', 'fed_back', false), ('fed_back', 'verify', 'verified', false),
       ('fed_back', 'rework', 'dispatched', true), ('verified', 'close', 'closed', false),
       ('closed', 'reopen', 'filed', true), ('rejected', 'reopen', 'reported', true), ('merged', 'split', null, true),
       ('paused', 'resume', null, false);
-- A pass or a check-in of the team that was sent proves that it is there.
insert into incident_move (state, step, next, by)
values ('dispatched', 'arrive', 'on_site', 'either'), ('accepted', 'arrive', 'on_site', 'either');
insert into incident_move (state, step, next, note)
select s::incident_state, m.step, m.next::incident_state, m.note
from unnest('{reported,filed,dispatched,accepted,on_site}'::text[]) s
cross join (values ('pause', 'paused', true), ('merge', 'merged', false)) m (step, next, note);
insert into incident_move (state, step, next, note)
select s::incident_state, m.step, null, m.note
from unnest('{reported,filed,dispatched,accepted,on_site,resolved,fed_back,verified,paused}'::text[]) s
cross join (values ('urge', false), ('supervise', true), ('comment', true)) m (step, note);
-- Put off with leave (缓办): counted apart where closure is measured; its clocks run on.
insert into incident_move (state, step, next, note)
select s::incident_state, 'defer', null, true from unnest('{dispatched,accepted,on_site,paused}'::text[]) s;
-- To the next level: whoever answers there dispatches anew. By itself when the level's time is over, also under a pause that
-- stops no clock.
insert into incident_move (state, step, next, by)
select s::incident_state, 'escalate', 'filed', case s when 'paused' then 'platform' else 'either' end
from unnest('{reported,filed,dispatched,accepted,on_site,paused}'::text[]) s;
-- What it rested on turned out not to be so, and nobody has touched it yet.
insert into incident_move (state, step, next, note, by)
select s::incident_state, 'revoke', 'closed', true, 'platform' from unnest('{reported,filed,dispatched}'::text[]) s;

-- Who deals with it. The chain ends with the highest rank; reviewed: the rhythm of the meeting whose agenda the level has.
create table incident_level (
    rank smallint primary key,
    code text collate "C" not null unique,
    name text not null,
    name_en text not null,
    reviewed text not null
);
insert into incident_level (rank, code, name, name_en, reviewed)
values (0, 'estate', '小区', 'Estate', 'week'), (1, 'community', '社区', 'Community', 'month'),
       (2, 'alliance', '联盟', 'Alliance', 'month'), (3, 'district', '区', 'District', 'month');

-- What it is about. gb_class: the class of GB/T 30428.2 it falls under; files: when one of it is opened (立案条件).
create table incident_category (
    code text collate "C" primary key check (code ~ '^[a-z0-9_]{2,40}$'),
    gb_class text,
    name text not null,
    name_en text not null,
    files text not null,
    severity incident_severity not null default 'small'
);
insert into incident_category (code, gb_class, name, name_en, files, severity)
values ('smoke', '突发事件', '烟雾报警', 'Smoke alarm', '探测器报警,或有人报告烟、火', 'serious'),
       ('bin_overflow', '市容环境', '垃圾满溢', 'Overflowing bin', '桶满超过允许时间', 'small'),
       ('fire_lane', '街面秩序', '消防通道占堵', 'Blocked fire lane', '消防通道被占用', 'serious'),
       ('lift_stuck', '突发事件', '电梯困人', 'Lift stuck', '电梯停运且轿厢内有人,或有人呼救', 'serious'),
       ('sos', '突发事件', '保安员求助', 'Guard''s SOS', '求助键按下', 'serious'),
       ('missed_round', '街面秩序', '漏巡', 'Missed round', '考核时段判为未达标', 'small'),
       ('missed_cleaning', '市容环境', '漏保洁', 'Missed cleaning', '保洁考核时段判为未达标', 'small'),
       ('device_down', '公用设施', '设备离线', 'Device down', '设备离线超过保持时间', 'small'),
       ('water_leak', '公用设施', '漏水', 'Water leak', '水浸报警,或有人报告', 'serious'),
       ('gas_leak', '突发事件', '燃气泄漏', 'Gas leak', '燃气报警,或有人报告', 'special'),
       ('facility', '公用设施', '设施损坏', 'Damaged facility', '公共设施损坏', 'complex'),
       ('dispute', '其他', '纠纷', 'Dispute', '邻里、物业纠纷', 'complex'),
       ('other', '其他', '其他', 'Other', '其他需要处置的情况', 'small');

-- How long each stage may take. Never changed in place: an incident keeps the version it was reported under. The most
-- particular one counts: of the estate before of all, of the category before of all.
create table sla_policy (
    id bigint generated by default as identity,
    version integer not null default 1,
    key text collate "C" not null,
    estate_id bigint references estate,
    category text collate "C" references incident_category,
    severity incident_severity not null,
    respond_s integer check (respond_s > 0),
    resolve_s integer check (resolve_s > 0),
    plan_s integer check (plan_s > 0),
    level_s integer[] not null default '{}' check (0 < all (level_s)),
    warn_share real not null default 0.2 check (warn_share between 0 and 0.9),
    hours_from time,
    hours_to time check (hours_to > hours_from),
    calendar_id bigint references calendar,
    pause_reasons text[] not null default '{awaiting_part,weather,no_access,waiting_for_owner}',
    valid_from timestamptz not null default now(),
    valid_to timestamptz check (valid_to >= valid_from),
    primary key (id, version),
    check ((hours_from is null) = (hours_to is null))
);
create unique index sla_policy_open on sla_policy (key) where valid_to is null;
comment on column sla_policy.level_s is 'by rank: after so long at a level it goes up; none: it stays';
comment on column sla_policy.hours_from is 'of the estate''s day; clocks stand outside and on the calendar''s days of rest; null: they run all day';
comment on column sla_policy.pause_reasons is 'a pause for one of these stops the clocks, for any other reason it does not';
-- 54321: five minutes to be there; 40 minutes, three hours, two days by severity; a day to a plan.
insert into sla_policy (key, severity, respond_s, resolve_s, plan_s, level_s)
values ('small', 'small', 300, 2400, null, '{86400,604800,1209600}'), ('serious', 'serious', 300, 10800, null, '{43200,172800,604800}'),
       ('complex', 'complex', 300, 172800, null, '{259200,604800,1209600}'), ('special', 'special', 300, null, 86400, '{86400,172800,604800}');

-- The moment when that much working time has gone by since `start`; infinity: there is none within ten years. Without hours and
-- calendar all time is working time. Local days, so that a day with a change of the clock is as long as it is.
create function clock_due(start timestamptz, left_us bigint, tz text, calendar bigint, hours_from time, hours_to time)
    returns timestamptz language plpgsql stable as $$
declare
    day date := (start at time zone tz)::date;
    opens timestamptz;
    shuts timestamptz;
    rest_us bigint := greatest(left_us, 0);
begin
    if calendar is null and hours_from is null then
        return start + rest_us * interval '1 microsecond';
    end if;
    for i in 0..3660 loop
        if clock_works(day + i, calendar) then
            opens := greatest(start, (day + i + coalesce(hours_from, '00:00')) at time zone tz);
            shuts := case when hours_to is null then (day + i + 1)::timestamp else day + i + hours_to end at time zone tz;
            if shuts > opens and rest_us <= microseconds(opens, shuts) then
                return opens + rest_us * interval '1 microsecond';
            end if;
            rest_us := rest_us - greatest(microseconds(opens, shuts), 0);
        end if;
    end loop;
    return 'infinity';
end
$$;

-- Working time from one moment to a later one, microseconds.
create function clock_worked(since timestamptz, until timestamptz, tz text, calendar bigint, hours_from time, hours_to time)
    returns bigint language plpgsql stable as $$
declare
    day date := (since at time zone tz)::date;
    worked bigint := 0;
begin
    if calendar is null and hours_from is null then
        return greatest(microseconds(since, until), 0);
    end if;
    while (day::timestamp at time zone tz) < until loop
        if clock_works(day, calendar) then
            worked := worked + greatest(0, microseconds(
                greatest(since, (day + coalesce(hours_from, '00:00')) at time zone tz),
                least(until, case when hours_to is null then (day + 1)::timestamp else day + hours_to end at time zone tz)));
        end if;
        day := day + 1;
    end loop;
    return worked;
end
$$;

create function microseconds(since timestamptz, until timestamptz) returns bigint language sql immutable parallel safe
return (extract(epoch from until) * 1000000)::bigint - (extract(epoch from since) * 1000000)::bigint;

-- A day's kind as the calendar says, else by its weekday; without a calendar all days are worked.
create function clock_works(day date, calendar bigint) returns boolean language sql stable
return calendar is null
       or coalesce((select c.kind = 'work' from calendar_day c where c.calendar_id = calendar and c.day = clock_works.day),
                   extract(isodow from day) < 6);

-- version: plus one with each step. before: the state under a pause or a merger. breach_at: when the earliest of its running
-- clocks is due, past when it was missed; null: none runs.
create table incident (
    estate_id bigint not null references estate,
    id bigint generated by default as identity,
    version integer not null default 1,
    state incident_state not null default 'reported',
    before incident_state,
    origin text not null check (origin in ('call', 'patrol', 'resident', 'rule', 'window', 'silence')),
    rule_id bigint,
    merge_key text collate "C",
    category text collate "C" not null references incident_category,
    severity incident_severity not null,
    policy_id bigint not null,
    policy_version integer not null,
    level smallint not null default 0 references incident_level,
    organisation_id bigint references organisation,
    shift_id bigint,
    building_id bigint,
    storey smallint,
    device_id bigint,
    lon double precision,
    lat double precision,
    title text not null check (length(title) between 1 and 200),
    drill boolean not null default false,
    deferred boolean not null default false,
    touched boolean not null default false,
    reports integer not null default 1,
    t_event timestamptz not null,
    reported_at timestamptz not null,
    state_at timestamptz not null,
    closed_at timestamptz,
    merged_into bigint,
    breach_at timestamptz,
    primary key (estate_id, id),
    foreign key (policy_id, policy_version) references sla_policy
);
create index incident_open on incident (estate_id, coalesce(breach_at, 'infinity'), id) where closed_at is null;
create index incident_building on incident (estate_id, building_id, reported_at desc);
create unique index incident_merge on incident (estate_id, merge_key) where merge_key is not null and closed_at is null;
comment on column incident.t_event is 'when it happened, as far as is known';
comment on column incident.touched is 'somebody has done something about it: the platform takes it back no more';
comment on column incident.closed_at is 'closed, rejected or merged since';

-- What a step does to the clocks of a stage.
create table clock_rule (
    step text collate "C" not null,
    stage text collate "C" not null,
    act text not null check (act in ('start', 'stop')),
    primary key (step, stage, act)
);
insert into clock_rule (step, stage, act)
select step, unnest(stages::text[]), act
from (values ('report', '{respond,resolve,plan,level}', 'start'), ('arrive', '{respond}', 'stop'),
             ('resolve', '{respond,resolve,plan,level}', 'stop'), ('plan', '{respond,plan,level}', 'stop'),
             ('rework', '{resolve,plan,level}', 'start'), ('reopen', '{respond,resolve,plan,level}', 'start'),
             ('split', '{respond,resolve,plan,level}', 'start'), ('escalate', '{level}', 'stop'), ('escalate', '{level}', 'start'),
             ('reject', '{respond,resolve,plan,level}', 'stop'), ('merge', '{respond,resolve,plan,level}', 'stop'),
             ('revoke', '{respond,resolve,plan,level}', 'stop')) r (step, stages, act);

-- A stage's time. left_us: working time that was left at runs_from; runs_from null: it stands. Of a stage that begins again a
-- new row with the next number. fires_at: when judge has something to say of it.
create table clock (
    estate_id bigint not null,
    incident_id bigint not null,
    stage text collate "C" not null,
    number integer not null default 1,
    started_at timestamptz not null,
    total_us bigint,
    left_us bigint not null,
    warn_us bigint not null,
    runs_from timestamptz,
    due_at timestamptz,
    warn_at timestamptz,
    warned_at timestamptz,
    breached_at timestamptz,
    stopped_at timestamptz,
    fires_at timestamptz generated always as (
        case when stopped_at is not null then null when warned_at is null and warn_at < due_at then warn_at
             when breached_at is null then due_at end) stored,
    primary key (estate_id, incident_id, stage, number),
    foreign key (estate_id, incident_id) references incident,
    check ((runs_from is null) = (due_at is null))
);
comment on column clock.total_us is 'what the policy gave it';
create index clock_fires on clock (fires_at) where fires_at is not null;

-- Append-only. at: the moment the step is about; recorded_at: when it was written down.
alter table incident_step
    add column at timestamptz not null default now(),
    add column state incident_state not null,
    add column actor text not null default 'hutong',
    add column organisation_id bigint references organisation,
    add column detail jsonb;
create index incident_step_of on incident_step (estate_id, incident_id, id);

-- Who sees incidents, and who takes steps. What a department or a field worker is sent comes with the sending of it.
alter table role_look drop constraint role_look_look_check;
alter table role_look add constraint role_look_look_check
    check (look in ('place', 'record', 'count', 'unit', 'device', 'operate', 'audit', 'manage', 'judge', 'report', 'incident', 'handle'));
insert into role_look (role, look)
select r.role::access_role, l.look
from (values ('administrator', '{incident,handle}'), ('district', '{incident,handle}'), ('street', '{incident,handle}'),
             ('community', '{incident,handle}'), ('company', '{incident,handle}'), ('committee', '{incident}')) r (role, looks)
cross join lateral unnest(r.looks::text[]) l (look);

do $$
declare
    guarded text;
begin
    foreach guarded in array array['incident', 'clock', 'incident_step'] loop
        execute format('alter table %I enable row level security', guarded);
        execute format('grant select on %I to hutong_serve, hutong_district, hutong_planner, hutong_auditor', guarded);
        execute format('create policy serve on %I for select to hutong_serve using (estate_id = any ((select scope_estates(%L))::bigint[]))',
                       guarded, 'incident');
        execute format('create policy whole on %I for select to hutong_district using (true)', guarded);
    end loop;
end
$$;
grant select on incident_move, incident_level, incident_category, sla_policy, clock_rule
    to hutong_serve, hutong_district, hutong_planner, hutong_auditor;
