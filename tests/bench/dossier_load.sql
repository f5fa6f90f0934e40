-- bench_dossier's world, made in one go: 100 estates of 20 buildings, and 30 days up to now: of each building ten
-- devices, 5,000 events, ten passes and twelve windows a day, ten incidents. Metres are turned into degrees at latitude 31.
create temp table site as
select e, 121 + (e % 10) * 0.02 as lon, 31 + (e / 10) * 0.02 as lat from generate_series(1, 100) e;
insert into estate (id, dataset, key, name, management_type, valid_from)
select e, 'bench', e, 'estate ' || e, (array['market', 'state', 'resident'])[1 + e % 3]::management_type, '2000-01-01' from site;
insert into building (estate_id, id, dataset, key, name, levels, levels_source, height_m, height_source, area_m2, dwellings,
                      year_built, lon, lat, geom, valid_from)
select e, e * 100 + b, 'bench', e || '-' || b, b || '号楼', 6, 'given', 18, 'levels', 400, 48, 1980 + b % 3 * 10, x, y,
       st_multi(st_makeenvelope(x, y, x + 12 / 95500.0, y + 10 / 110880.0, 4326)), '2000-01-01'
from site, generate_series(0, 19) b, lateral (select lon + b % 5 * 40 / 95500.0 as x, lat + b / 5 * 60 / 110880.0 as y) at;
insert into checkpoint (estate_id, dataset, key, name, geom, valid_from)
select estate_id, 'bench', id, id || '号点', st_point(lon, lat, 4326), '2000-01-01' from building;
insert into facility (estate_id, dataset, key, kind, name, geom, valid_from)
select estate_id, 'bench', id, 'lamp', id || '号灯', st_point(lon + 1e-4, lat, 4326), '2000-01-01' from building;
insert into source (id, estate_id, name, topics, format, purpose)
select e, e, 'things-' || e, array['bench/' || e || '/#'], 'tasmota', 'bench' from site;
insert into device (estate_id, id, source_id, native_id, kind, building_estate_id, building_id, valid_from)
select estate_id, id * 10 + n, estate_id, id || '/' || n, 'smoke_detector', estate_id, id, '2000-01-01'
from building, generate_series(0, 9) n;
insert into device_state (estate_id, device_id, kind, t_event, t_recv, phase)
select estate_id, id, 'measurement', now(), now(), 'pulse' from device;
insert into duty (estate_id, id, key, name, subject_kind, schedule, proof, valid_from, recorded_at)
select e, e, 'rounds', '楼栋巡更', 'building', 'every 2h', 'pass', '2000-01-01', '2000-01-01' from site;
insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, place_method, building_id,
                   building_estate_id, measures)
select b.estate_id, now() - n * interval '518 s', md5(b.id || '/' || n)::uuid, now() - n * interval '518 s',
       'device', b.estate_id, b.id * 10 + n % 10, 'measurement', 'pulse', 'registered', b.id, b.estate_id,
       '{"temperature": {"value": 21.5, "unit": "Cel"}}'
from generate_series(1, 5000) n, building b;
insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, fixes, recorded_at)
select b.estate_id, now() - (n * 8640 + b.id % 977) * interval '1 s', md5('g' || b.estate_id || n % 20)::uuid,
       'building', b.id, now() - (n * 8640 + b.id % 977 - 60) * interval '1 s', 'guard', 4, 5,
       now() - (n * 8640 + b.id % 977 - 60) * interval '1 s'
from generate_series(1, 299) n, building b;
insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at, verdict, pending)
select b.estate_id, now() - n * interval '2 h', b.estate_id, b.id, 1, 'building',
       now() - (n - 1) * interval '2 h', now() - (n - 1) * interval '2 h',
       (case when (n + b.id) % 11 = 0 then 'missed' else 'met' end)::verdict_kind, false
from generate_series(1, 359) n, building b;
insert into verdict (estate_id, t_from, duty_id, place_id, verdict, reason, found, best, needed, formula, formula_version, recorded_at)
select estate_id, t_from, duty_id, place_id, verdict, 'proven', 1, 1, 1, 'pass', 1, t_to from duty_window;
insert into incident (estate_id, state, origin, category, severity, policy_id, policy_version, building_id, title, t_event,
                      reported_at, state_at, closed_at)
select b.estate_id, (case when n = 1 then 'filed' else 'closed' end)::incident_state, 'call', 'other', 'small', p.id, 1, b.id, 'bench',
       at, at, at, case when n > 1 then at + interval '1 h' end
from generate_series(1, 10) n, building b, (select id from sla_policy where key = 'small') p,
     lateral (select now() - n * (b.id % 5) * interval '17 h' - interval '1 h' as at) t;
