-- bench_judge's world, made in one go: estates of 200 buildings, 40 zones and 20 guards each. $ESTATES, $DAYS and the first
-- second $START (UTC midnight, $DAYS days before the end of the judged day) are put in by the program. Metres are turned into
-- degrees at latitude 31.
create temp table site as
select e, 121 + (e % 10) * 0.02 as lon, 31 + (e / 10) * 0.02 as lat from generate_series(1, $ESTATES) e;
insert into estate (id, dataset, key, name, tz, valid_from)
select e, 'bench', e, 'estate ' || e, 'Asia/Shanghai', '2000-01-01' from site;
insert into building (estate_id, dataset, key, name, levels, levels_source, height_m, height_source, area_m2, lon, lat, geom, valid_from)
select e, 'bench', e || '-' || b, b || '号楼', 6, 'given', 18, 'levels', 120, x + 6 / 95500.0, y + 5 / 110880.0,
       st_multi(st_makeenvelope(x, y, x + 12 / 95500.0, y + 10 / 110880.0, 4326)), '2000-01-01'
from site, generate_series(0, 199) b,
lateral (select lon + (b % 20) * 40 / 95500.0 as x, lat + (b / 20) * 60 / 110880.0 as y) at;
insert into zone (estate_id, dataset, key, kind, name, geom, valid_from)
select e, 'bench', e || '-' || z, 'sanitation', z || '区',
       st_multi(st_makeenvelope(x, y, x + 190 / 95500.0, y + 30 / 110880.0, 4326)), '2000-01-01'
from site, generate_series(0, 39) z,
lateral (select lon + (z % 4) * 200 / 95500.0 as x, lat + ((z / 4) * 60 + 15) / 110880.0 as y) at;
insert into source (id, estate_id, name, topics, format, subject_type, purpose)
select e, e, 'guards-' || e, array['bench/' || e || '/#'], 'owntracks', 'guard', 'bench' from site;
insert into source_stat (estate_id, source_id, dry_at) select e, e, 'infinity' from site;
insert into shift (estate_id, source_id, subject_type, label, label_en, starts_at, ends_at, device_hash)
select e, e, 'guard', '巡逻' || g || '组', 'Patrol ' || g, to_timestamp($START) + ($DAYS - 1) * interval '1 day',
       to_timestamp($START) + $DAYS * interval '1 day', md5('g' || e || '-' || g)::uuid
from site, generate_series(0, 19) g;
insert into duty (estate_id, key, name, subject_kind, schedule, proof, valid_from, valid_to)
select e, 'rounds', '楼栋巡更', 'building', 'every 2h, 22:00-06:00 1h', 'pass', to_timestamp($START),
       to_timestamp($START) + $DAYS * interval '1 day'
from site;
insert into duty (estate_id, key, name, subject_kind, schedule, proof, subject_types, radius_m, fraction, valid_from, valid_to)
select e, 'sweep', '清扫', 'zone', 'every 06:00-10:00 4h', 'area', '{guard}', 2.5, 0.3, to_timestamp($START),
       to_timestamp($START) + $DAYS * interval '1 day'
from site;
insert into judge_mark (estate_id, tracked_to) select e, to_timestamp($START) + ($DAYS - 1) * interval '1 day' from site;
