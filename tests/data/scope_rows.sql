-- Rows of two estates in every table, for tests/data/test_scope.c: 101 is the own one, 102 the foreign one, each in a
-- community, street and district of its own and of a company of its own (the own one's through a site office).
insert into district (id, code, name) select n, 'd' || n, 'district ' || n from unnest(array[101, 102]) n;
insert into street (id, district_id, code, name) select n, n, 's' || n, 'street ' || n from unnest(array[101, 102]) n;
insert into community (id, street_id, code, name) select n, n, 'c' || n, 'community ' || n from unnest(array[101, 102]) n;
insert into organisation (id, parent_id, kind, code, name)
values (100, null, 'company', 'company', 'company'), (101, 100, 'site', 'office', 'site office'),
       (102, null, 'company', 'other', 'other company');
insert into estate (id, community_id, organisation_id, dataset, key, name, geom)
select n, n, n, 'test', n, 'estate ' || n,
       st_multi(st_makeenvelope(121 + (n - 101) * 0.01, 31, 121.005 + (n - 101) * 0.01, 31.005, 4326))
from unnest(array[101, 102]) n;
insert into building (estate_id, id, dataset, key, name, levels, levels_source, height_m, height_source, area_m2, lon, lat, geom)
select n, n, 'test', n, 'building ' || n, 6, 'given', 18, 'levels', 900, 121 + (n - 101) * 0.01, 31,
       st_multi(st_makeenvelope(121 + (n - 101) * 0.01, 31, 121.0003 + (n - 101) * 0.01, 31.0003, 4326))
from unnest(array[101, 102]) n;
insert into entrance (estate_id, id, building_id, name) select n, n, n, 'A' from unnest(array[101, 102]) n;
insert into storey (estate_id, id, building_id, level, name) select n, n, n, 1, '1' from unnest(array[101, 102]) n;
insert into zone (estate_id, id, dataset, key, kind, geom)
select id, id, dataset, key, 'green', geom from estate where id in (101, 102);
insert into route (estate_id, id, dataset, key, geom)
select n, n, 'test', n, 'SRID=4326;MULTILINESTRING((121 31,121.001 31))' from unnest(array[101, 102]) n;
insert into checkpoint (estate_id, id, dataset, key, geom)
select n, n, 'test', n, 'SRID=4326;POINT(121 31)' from unnest(array[101, 102]) n;
insert into facility (estate_id, id, dataset, key, kind, geom)
select n, n, 'test', n, 'lift', 'SRID=4326;POINT(121 31)' from unnest(array[101, 102]) n;
insert into grid (kind, dataset, key, name, geom) select 'governance', 'test', 'g', 'grid', geom from estate where id = 101;
insert into road (dataset, key, geom) values ('test', 'r', 'SRID=4326;MULTILINESTRING((121 31,121.001 31))');
insert into water (dataset, key, geom) select 'test', 'w', geom from estate where id = 101;
insert into landuse (dataset, key, geom) select 'test', 'l', geom from estate where id = 101;
insert into place (dataset, key, geom) values ('test', 'p', 'SRID=4326;POINT(121 31)');
insert into source (id, estate_id, name, topics, format, purpose)
select n, n, 'source ' || n, '{x}', 'owntracks', 'test' from unnest(array[101, 102]) n;
insert into lease (estate_id, source_id) select n, n from unnest(array[101, 102]) n;
insert into source_stat (estate_id, source_id) select n, n from unnest(array[101, 102]) n;
insert into retention_mark (estate_id, source_id, fact, purged_to) select n, n, 'fix', now() from unnest(array[101, 102]) n;
insert into source_memory (estate_id, source_id, name, content)
select n, n, gen_random_uuid(), '' from unnest(array[101, 102]) n;
insert into device (estate_id, id, source_id, native_id, kind, building_id, building_estate_id)
select n, n, n, 'd' || n, 'door', n, n from unnest(array[101, 102]) n;
insert into device_state (estate_id, device_id, kind, t_event, t_recv, phase)
select n, n, 'state', now(), now(), 'pulse' from unnest(array[101, 102]) n;
insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at)
select n, n, n, 'guard', '巡逻3组 #', 'Patrol 3 #', now() - interval '1 hour', now() + interval '1 hour'
from unnest(array[101, 102]) n;
insert into asset_state (estate_id, subject, subject_type, shift_id, source_id, label, label_en, t_event, t_recv, lon, lat,
                         place_method)
select n, gen_random_uuid(), 'guard', n, n, '巡逻3组', 'Patrol 3', now(), now(), 121, 31, 'none' from unnest(array[101, 102]) n;
insert into stretch (estate_id, subject, t_from, t_to)
select n, gen_random_uuid(), now(), now() from unnest(array[101, 102]) n;
insert into tracker_state (estate_id, subject, t_event, state)
select n, gen_random_uuid(), now(), '' from unnest(array[101, 102]) n;
insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, pos_source, lon, lat, place_method)
select n, now(), gen_random_uuid(), now(), 'device', n, 'gnss', 121, 31, 'none' from unnest(array[101, 102]) n;
insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, place_method, building_id,
                   building_estate_id)
select n, now(), gen_random_uuid(), now(), 'device', n, n, 'alarm', 'pulse', 'registered', n, n
from unnest(array[101, 102]) n;
insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, fixes)
select n, now(), gen_random_uuid(), 'building', n, now(), 'guard', 1, 1 from unnest(array[101, 102]) n;
insert into coverage (estate_id, t_event, subject, zone_id, t_to, subject_type, grid, cells)
select n, now(), gen_random_uuid(), n, now(), 'cleaner', gen_random_uuid(), '' from unnest(array[101, 102]) n;
insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable, mask)
select n, n, gen_random_uuid(), 121, 31, 2.5, 1, 1, 1, '1' from unnest(array[101, 102]) n;
insert into responsibility (estate_id, kind, label) select n, 'steward', '楼长' from unnest(array[101, 102]) n;
insert into estate_profile (estate_id, valid_from) select n, now() from unnest(array[101, 102]) n;
insert into estate_fee (estate_id, month, collected) select n, date_trunc('month', now()), 0.9 from unnest(array[101, 102]) n;
insert into calendar (id, code, name) values (1, 'test', 'test');
insert into calendar_day (calendar_id, day, kind) values (1, '2026-10-01', 'rest');
insert into campaign (code, name, t_from, t_to) values ('test', 'test', now(), now() + interval '1 day');
insert into duty (estate_id, id, key, name, subject_kind, schedule, proof)
select n, n, 'd', 'duty', 'building', 'every 2h', 'pass' from unnest(array[101, 102]) n;
insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at)
select n, now(), n, n, 1, 'building', now() + interval '2 hours', now() + interval '3 hours' from unnest(array[101, 102]) n;
insert into verdict (estate_id, t_from, duty_id, place_id, verdict, reason, found, best, needed, formula, formula_version)
select n, now(), n, n, 'met', 'proven', 1, 1, 1, 'pass', 1 from unnest(array[101, 102]) n;
insert into judge_mark (estate_id) select n from unnest(array[101, 102]) n;
insert into judge_again (estate_id, t_from, t_to, why) select n, now(), now(), 'test' from unnest(array[101, 102]) n;
insert into device_duty (estate_id, device_id) select n, n from unnest(array[101, 102]) n;
insert into rule_hit (estate_id, t_event, rule_id, dedup, rule_version, begins, thing)
select n, now(), 1, gen_random_uuid(), 1, true, 'd1' from unnest(array[101, 102]) n;
insert into rule_state (estate_id, rule_id, thing, rule_version, state, since, heard_at, hit_at, dedup)
select n, 1, 'd1', 1, 'raised', now(), now(), now(), gen_random_uuid() from unnest(array[101, 102]) n;
insert into rule_window (estate_id, t_from, duty_id, place_id, version, missed) select n, now(), n, n, 1, true from unnest(array[101, 102]) n;
insert into lifecycle (estate_id, source_id, device_id, kind, t_start, t_last, begun)
select n, n, n, 'alarm', now(), now(), true from unnest(array[101, 102]) n;
insert into building_state (estate_id, building_id) select n, n from unnest(array[101, 102]) n;
insert into zone_state (estate_id, zone_id) select n, n from unnest(array[101, 102]) n;
insert into sla_policy (key, estate_id, severity, respond_s) select n::text, n, 'small', 60 from unnest(array[101, 102]) n;
insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, title, t_event, reported_at, state_at)
select n, n, 'call', 'other', 'small', p.id, p.version, 't', now(), now(), now()
from unnest(array[101, 102]) n
cross join sla_policy p
where p.key = 'small';
insert into clock (estate_id, incident_id, stage, started_at, left_us, warn_us)
select n, n, 'respond', now(), 1, 1 from unnest(array[101, 102]) n;
insert into incident_step (estate_id, incident_id, step, state) select n, n, 'report', 'reported' from unnest(array[101, 102]) n;
insert into incident_contact (estate_id, incident_id, locked, added_at) select n, n, '', now() from unnest(array[101, 102]) n;
insert into task (estate_id, incident_id, organisation_id, shift_id, sent_at) select n, n, n, n, now() from unnest(array[101, 102]) n;
insert into contact (organisation_id, position, label, channel, url) values (100, 1, '值班室', 'webhook', 'https://example.org/');
insert into level_organisation (rank, organisation_id) values (1, 100);
insert into notice (estate_id, incident_id, step, contact_id, organisation_id, level, asks, line, link, body)
select n, n, 'report', 1, 100, 0, true, 'l', '#', '{}' from unnest(array[101, 102]) n;
insert into photo (estate_id, incident_id, hash, kind, actor, bytes, width, height)
select n, n, sha256('photo'), 'scene', 'a', 1, 1, 1 from unnest(array[101, 102]) n;
insert into waiver (estate_id, t_from, t_to, reason, approver)
select n, now(), now() + interval '1 hour', 'typhoon', 'a' from unnest(array[101, 102]) n;
insert into outage (estate_id, scope, t_from) select n, 'platform', now() from unnest(array[101, 102]) n;
insert into audit (estate_id, actor, action, layer) select n, 'somebody', 'look', 'assets' from unnest(array[101, 102]) n;
insert into dead_letter (estate_id, recorded_at, dedup, source_id, reason, size, topic_sealed, payload_sealed)
select n, now(), gen_random_uuid(), n, 'not JSON', 2, '', '' from unnest(array[101, 102]) n;
insert into worker (owner, backend_pid, backend_start) values ('test', 1, now());
insert into broker_state (address, protocol, sys) values ('test', 5, false);
insert into retention_drop (table_name, partition, t_from, t_to, rows) values ('fix', 'fix_20200101', now(), now(), 1);
insert into joint (estate_id, id, incident_id, reason, called_by, called_at, told_at)
select estate_id, id, id, 'r', 'x', now(), array[now()] from incident where estate_id in (101, 102);
insert into joint_call (estate_id, id, joint_id, incident_id, field, organisation_id, called_at, ack_due_at)
select estate_id, id, id, incident_id, 'fire', 102, now(), now() from joint;
insert into meeting (estate_id, id, level, organisation_id, held_at, made_at, made_by)
select n, n, 1, 102, now(), now(), 'x' from unnest(array[101, 102]) n;
insert into resolution (estate_id, id, meeting_id, level, organisation_id, text, made_at, made_by, deadline, warn_at)
select estate_id, id, id, level, 102, 't', now(), 'x', now(), now() from meeting;
insert into field_organisation (field, organisation_id) values ('fire', 102);

-- Accounts, one a role, each given what its kind is given; some twice, with estates named.
insert into account (name)
select unnest(enum_range(null::access_role))::text
union all
values ('planner.own'), ('device_admin.own'), ('company.planner'), ('company.auditor'), ('expired'), ('early'), ('revoked'),
       ('nobody');
insert into role_grant (account_id, role, estate_ids, organisation_id, community_id, street_id, valid_from, valid_to)
select a.id, g.role::access_role, g.estate_ids, g.organisation_id, g.community_id, g.street_id,
       coalesce(g.valid_from, now() - interval '1 day'), g.valid_to
from (values ('district', 'district', null::bigint[], null, null, null, null::timestamptz, null::timestamptz),
             ('administrator', 'administrator', null, null, null, null, null, null),
             ('department', 'department', null, 102, null, null, null, null),
             ('planner', 'planner', null, null, null, null, null, null),
             ('planner.own', 'planner', '{101}', null, null, null, null, null),
             ('device_admin', 'device_admin', null, null, null, null, null, null),
             ('device_admin.own', 'device_admin', '{101}', null, null, null, null, null),
             ('auditor', 'auditor', null, null, null, null, null, null),
             ('street', 'street', null, null, null, 101, null, null),
             ('community', 'community', null, null, 101, null, null, null),
             ('company', 'company', null, 100, null, null, null, null),
             ('committee', 'committee', '{101}', null, null, null, null, null),
             ('field_worker', 'field_worker', '{101}', null, null, null, null, null),
             ('company.planner', 'company', null, 100, null, null, null, null),
             ('company.planner', 'planner', null, null, null, null, null, null),
             ('company.auditor', 'company', null, 100, null, null, null, null),
             ('company.auditor', 'auditor', null, null, null, null, null, null),
             ('expired', 'district', null, null, null, null, now() - interval '2 days', now() - interval '1 day'),
             ('early', 'district', null, null, null, null, now() + interval '1 day', null),
             ('revoked', 'district', null, null, null, null, null, null)
     ) g (account, role, estate_ids, organisation_id, community_id, street_id, valid_from, valid_to)
join account a on a.name = g.account;
update account set revoked_at = now() where name = 'revoked';
insert into session (hash, csrf, account_id, expires_at)
select 'a', 'csrf', id, now() + interval '1 hour' from account where name = 'company';
insert into token (account_id, name, hash) select id, 'test', 'b' from account where name = 'company';
insert into shift_code (hash, estate_id, shift_id, expires_at)
select convert_to('c' || n, 'UTF8'), n, n, now() + interval '1 hour' from (values (101), (102)) v (n);
insert into request_answer (estate_id, actor, key, digest, status)
select n, 'account 1', 'k', gen_random_uuid(), 201 from (values (101), (102)) v (n);
insert into survey (estate_id, id, inspected, finding, severity, found_at, incident_id)
select n, n, '消防通道', '被占用', 'serious', now(), n from unnest(array[101, 102]) n;
insert into rectification (estate_id, id, survey_id, problem, organisation_id, deadline)
select n, n, n, '清理通道', n, now() + interval '1 day' from unnest(array[101, 102]) n;
