-- What concerns persons: who called about an incident, and disputes, whose steps are their own and whose words are sealed. And an
-- incident may turn out to be of another category or severity than it was reported as.

-- States of disputes. A value that is added to a type cannot be used in the same transaction, so the type is made anew, and what
-- hangs on it.
alter publication hutong_feed drop table incident;
drop function notice_line(incident, text);
drop function notice_body(incident, text, text, text);
drop function notice_word(incident_state);
drop index incident_sent;
alter table incident alter column state drop default;
alter type incident_state rename to incident_state_before;
create type incident_state as enum ('reported', 'filed', 'dispatched', 'accepted', 'on_site', 'resolved', 'fed_back', 'verified',
                                    'admitted', 'mediating', 'agreed', 'failed', 'referred', 'followed_up',
                                    'closed', 'rejected', 'merged', 'paused');
alter table incident
    alter column state type incident_state using state::text::incident_state,
    alter column before type incident_state using before::text::incident_state,
    alter column state set default 'reported';
alter table incident_step alter column state type incident_state using state::text::incident_state;
alter table incident_move
    alter column state type incident_state using state::text::incident_state,
    alter column next type incident_state using next::text::incident_state;
drop type incident_state_before;
create index incident_sent on incident (estate_id, id)
    where shift_id is not null and building_id is not null and state in ('dispatched', 'accepted');
-- Its columns are those of 0031_feed_incident.sql.
alter publication hutong_feed add table
    incident (estate_id, id, version, category, severity, state, level, building_id, storey, lon, lat, drill, organisation_id,
              reported_at, state_at, closed_at, breach_at);

-- Which steps something goes through: GB/T 30428's, or those of people's mediation (人民调解). An incident keeps the procedure that
-- its category had when it was reported.
alter table incident_category
    add column procedure text collate "C" not null default 'loop' check (procedure in ('loop', 'dispute'));
update incident_category set procedure = 'dispute' where code = 'dispute';
alter table incident add column procedure text collate "C" not null default 'loop' check (procedure in ('loop', 'dispute'));
alter table incident add check (procedure <> 'dispute' or num_nonnulls(building_id, storey, device_id, lon, lat) = 0);
comment on column incident.procedure is
    'of a dispute the row has neither words nor a place in the estate: they lie locked in its first step';

alter table incident_move add column procedure text collate "C" not null default 'loop' check (procedure in ('loop', 'dispute'));
alter table incident_move drop constraint incident_move_pkey, add primary key (procedure, state, step);
insert into incident_move (procedure, state, step, next, note)
values ('dispute', 'reported', 'admit', 'admitted', false), ('dispute', 'reported', 'reject', 'rejected', true),
       ('dispute', 'admitted', 'dispatch', null, false), ('dispute', 'admitted', 'mediate', 'mediating', false),
       ('dispute', 'mediating', 'dispatch', null, true), ('dispute', 'mediating', 'mediate', null, false),
       ('dispute', 'mediating', 'agree', 'agreed', true), ('dispute', 'mediating', 'fail', 'failed', true),
       ('dispute', 'failed', 'mediate', 'mediating', false), ('dispute', 'failed', 'refer', 'referred', true),
       ('dispute', 'admitted', 'refer', 'referred', true),
       ('dispute', 'agreed', 'follow_up', 'followed_up', true), ('dispute', 'referred', 'follow_up', 'followed_up', true),
       ('dispute', 'followed_up', 'follow_up', null, true), ('dispute', 'followed_up', 'close', 'closed', false),
       ('dispute', 'agreed', 'mediate_again', 'mediating', true), ('dispute', 'followed_up', 'mediate_again', 'mediating', true),
       ('dispute', 'closed', 'reopen', 'reported', true), ('dispute', 'rejected', 'reopen', 'reported', true),
       ('dispute', 'merged', 'split', null, true), ('dispute', 'paused', 'resume', null, false);
-- Whoever asked for it takes it back.
insert into incident_move (procedure, state, step, next, note)
select 'dispute', s::incident_state, 'withdraw', 'closed', true from unnest('{reported,admitted,mediating,failed}'::text[]) s;
insert into incident_move (procedure, state, step, next, note)
select 'dispute', s::incident_state, m.step, m.next::incident_state, m.note
from unnest('{reported,admitted,mediating}'::text[]) s
cross join (values ('pause', 'paused', true), ('merge', 'merged', false)) m (step, next, note);
insert into incident_move (procedure, state, step, next, note)
select 'dispute', s::incident_state, m.step, null, m.note
from unnest('{reported,admitted,mediating,agreed,failed,referred,followed_up,paused}'::text[]) s
cross join (values ('urge', false), ('supervise', true), ('comment', true)) m (step, note);
insert into incident_move (procedure, state, step, next, note)
select 'dispute', s::incident_state, 'defer', null, true from unnest('{admitted,mediating,paused}'::text[]) s;
-- The next level decides anew whether it takes it on.
insert into incident_move (procedure, state, step, next, by)
select 'dispute', s::incident_state, 'escalate', 'reported', case s when 'paused' then 'platform' else 'either' end
from unnest('{reported,admitted,mediating,failed,paused}'::text[]) s;

-- It is of another category, or worse or less than was thought: until it is dealt with.
insert into incident_move (procedure, state, step, next, note)
select 'loop', s::incident_state, 'reclassify', null::incident_state, true from unnest('{reported,filed,dispatched,accepted,on_site}'::text[]) s
union all
select 'dispute', s::incident_state, 'reclassify', null::incident_state, true from unnest('{reported,admitted,mediating}'::text[]) s;

-- A clock that another one took the place of tells nothing of whether time was kept.
alter table clock add column replaced boolean not null default false;
comment on column clock.replaced is 'reclassify: stopped, and one of another policy went on';

-- Taken on in time, and at its end in time; what is tried again has its time anew. reject, merge, reopen, split and escalate do what
-- they do to all.
insert into clock_rule (step, stage, act)
select step, unnest(stages::text[]), act
from (values ('admit', '{respond}', 'stop'), ('agree', '{respond,resolve,plan,level}', 'stop'),
             ('refer', '{respond,resolve,plan,level}', 'stop'), ('withdraw', '{respond,resolve,plan,level}', 'stop'),
             ('mediate_again', '{resolve,plan,level}', 'start')) r (step, stages, act);

-- Three days until it is taken on or not; a month to its end, as the rules of the work of people's mediation committees have it.
insert into sla_policy (key, category, severity, respond_s, resolve_s, level_s, pause_reasons)
select 'dispute_' || s, 'dispute', s::incident_severity, 259200, 2592000, '{1209600,1209600,2592000}',
       '{waiting_for_party,awaiting_appraisal}'
from unnest('{small,serious,complex,special}'::text[]) s;

insert into notice_rule (step, whom, asks, name, name_en)
values ('mediate_again', 'organisation', true, '请再次调解', 'Please mediate again'),
       ('reclassify', 'organisation', false, '类别或等级已变更', 'Reclassified');
insert into notice_answer (step) select unnest('{admit,mediate,agree,fail,refer,withdraw}'::text[]);

create function notice_word(state incident_state) returns text language sql immutable
return case state when 'reported' then '已上报' when 'filed' then '已立案' when 'dispatched' then '已派遣' when 'accepted' then '已接单'
                  when 'on_site' then '已到场' when 'resolved' then '已处置' when 'fed_back' then '已反馈' when 'verified' then '已核查'
                  when 'admitted' then '已受理' when 'mediating' then '调解中' when 'agreed' then '已达成协议' when 'failed' then '调解不成'
                  when 'referred' then '已移交' when 'followed_up' then '已回访'
                  when 'closed' then '已结案' when 'rejected' then '不予立案' when 'merged' then '已合并' else '已挂起' end;
create function notice_line(incident, name text) returns text language sql stable
return (select format('【%s%s】%s(%s)%s%s%s,%s', case when $1.drill then '演练·' end, $2, c.name,
                      case $1.severity when 'small' then '一般' when 'serious' then '严重' when 'complex' then '复杂' else '特殊' end, e.name,
                      ' ' || b.name, ' ' || $1.storey || '层', notice_word($1.state))
               || coalesce(',时限 ' || to_char($1.breach_at at time zone e.tz, 'MM-DD HH24:MI'), '')
        from incident_category c
        cross join estate e
        left join lateral (select x.name from building x where x.estate_id = $1.estate_id and x.id = $1.building_id) b on true
        where c.code = $1.category and e.id = $1.estate_id);
create function notice_body(incident, step text, name text, name_en text) returns text language sql stable
return (select json_build_object(
            'step', $2, 'step_name', $3, 'step_name_en', $4, 'incident_id', $1.id, 'estate_id', $1.estate_id, 'estate', e.name,
            'category', c.code, 'category_name', c.name, 'category_name_en', c.name_en, 'severity', $1.severity,
            'building_id', $1.building_id, 'building', b.name, 'storey', $1.storey, 'state', $1.state,
            'level', (select l.code from incident_level l where l.rank = $1.level),
            'deadline', to_char(nullif($1.breach_at, 'infinity') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'drill', $1.drill)::text
        from incident_category c
        cross join estate e
        left join lateral (select x.name from building x where x.estate_id = $1.estate_id and x.id = $1.building_id) b on true
        where c.code = $1.category and e.id = $1.estate_id);

-- Words of disputes, locked by incident.key of $HUTONG_VAR/keys: of the report its title, text and place, else a step's note. No
-- serving role reads them: api/incident_sealed.c does, for who handles the incident, and writes it down.
alter table incident_step add column locked bytea;
revoke select on incident_step from hutong_serve, hutong_district, hutong_planner, hutong_auditor;
grant select (estate_id, recorded_at, id, incident_id, step, note, at, state, actor, organisation_id, detail) on incident_step
    to hutong_serve, hutong_district, hutong_planner, hutong_auditor;

-- Who called, locked by the same key. sealed_at: its incident has come to its end; nobody reads it any more, also when the incident
-- is reopened, and after a while the row is deleted (--keep-contact). Read and granted like the words above.
create table incident_contact (
    estate_id bigint not null,
    incident_id bigint not null,
    id bigint generated by default as identity,
    locked bytea not null,
    added_at timestamptz not null,
    sealed_at timestamptz,
    primary key (estate_id, incident_id, id),
    foreign key (estate_id, incident_id) references incident
);
create index incident_contact_sealed on incident_contact (sealed_at) where sealed_at is not null;
alter table incident_contact enable row level security;
create index incident_merged_into on incident (estate_id, merged_into) where merged_into is not null;

-- The incident itself and those it went into.
create function incident_way(of_estate bigint, of_incident bigint) returns setof bigint language sql stable as $$
    with recursive way (id) as (
        select of_incident
        union
        select i.merged_into
        from way w
        join incident i on i.estate_id = of_estate and i.id = w.id and i.merged_into is not null
    )
    select id from way
$$;

-- The incident itself and those that went into it.
create function incident_family(of_estate bigint, of_incident bigint) returns setof bigint language sql stable as $$
    with recursive family (id) as (
        select of_incident
        union
        select i.id
        from family f
        join incident i on i.estate_id = of_estate and i.merged_into = f.id
    )
    select id from family
$$;

-- Is what is sealed with the incident's end still open to who handles it: is it, or the one it went into, not at its end?
create function incident_contact_open(of_estate bigint, of_incident bigint) returns boolean language sql stable
return exists (select from incident_way(of_estate, of_incident) w (id)
               join incident i on i.estate_id = of_estate and i.id = w.id and i.closed_at is null);
