// Duties on the page, against a running `hutong up --demo`: rows as judge writes them go into the database by SQL, and the map,
// the card and the dossier say so within seconds. With HUTONG_SHOTS (a folder) it leaves pictures there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import path from 'node:path';
import { READY_MS, URL_PAGE, eventually, launch, mapIdle, openPage } from './browser.mjs';

const DUTY = 990001, OTHER = 990002;

let browser, page, problems, place, routes;

function sql(query) {
  const out = execFileSync('psql', [process.env.HUTONG_DATABASE, '-X', '-v', 'ON_ERROR_STOP=1', '-Atc', `set search_path = hutong, public; ${query}`], { encoding: 'utf8' });
  return out.split('\n').filter((line) => line && !/^(SET|INSERT|UPDATE|DELETE|DO|CREATE)/.test(line));
}

/** The fullest estate and its buildings, a zone of sanitation there, where they are. */
function choose() {
  const [estate] = sql(`select estate_id from building where valid_to is null and estate_id <> 0 group by 1 order by count(*) desc limit 1`);
  const buildings = sql(`select id || '|' || lon || '|' || lat from building b where valid_to is null and estate_id = ${estate}
    order by st_distance(geom, (select st_centroid(st_collect(geom)) from building where estate_id = ${estate} and valid_to is null)) limit 40`)
    .map((line) => line.split('|').map(Number));
  const zones = sql(`select id from zone where valid_to is null and estate_id = ${estate} and kind = 'sanitation' order by id limit 6`).map(Number);
  assert.ok(zones.length >= 4, `estate ${estate} has ${zones.length} zones of sanitation: too few for each state that is asserted`);
  return { estate: Number(estate), buildings, zones };
}

/** What judge would have written: two duties, windows of two hours with every state, verdicts with reasons and evidence. */
function judge() {
  const ids = place.buildings.map(([id]) => id);
  const list = (from, to) => ids.slice(from, to).join();
  for (const table of ['duty_window', 'verdict']) {
    sql(`do $$ declare d date; begin for d in select generate_series(current_date - 2, current_date + 2, '1 day')::date loop
      if to_regclass(format('hutong.${table}_%s', to_char(d, 'YYYYMMDD'))) is null then begin execute format('create table ${table}_test_%s partition of ${table} for values from (%L) to (%L)',
      to_char(d, 'YYYYMMDD'), d::timestamp at time zone 'UTC', (d + 1)::timestamp at time zone 'UTC'); exception when others then null; end; end if; end loop; end $$`);
  }
  sql(`delete from verdict where duty_id in (${DUTY}, ${OTHER}); delete from duty_window where duty_id in (${DUTY}, ${OTHER}); delete from duty where id in (${DUTY}, ${OTHER});
    insert into duty (estate_id, id, key, name, name_en, subject_kind, schedule, proof, valid_from) values
      (${place.estate}, ${DUTY}, 'story-rounds', '楼栋巡逻', 'Building rounds', 'building', 'every 2h', 'pass', now() - interval '9 days'),
      (${place.estate}, ${OTHER}, 'story-sweep', '清扫保洁', 'Sweeping', 'zone', 'every 4h', 'area', now() - interval '9 days')`);
  // Nobody's card: a guard who walks by moves no mark. The window that is on began an hour ago; those before it are decided, one of three buildings was missed in the last one.
  sql(`insert into duty_window (estate_id, t_from, t_to, due_at, duty_id, duty_version, place_kind, place_id, verdict)
    select ${place.estate}, t, t + interval '2 h', t + interval '2 h 10 min', ${DUTY}, 1, 'building', id, case
      when t > now() - interval '2 h' then null
      when id in (${list(0, 3)}) and t > now() - interval '4 h' then 'missed'::verdict_kind
      when id in (${list(3, 5)}) and t > now() - interval '4 h' then 'unknown'
      when id = ${ids[0]} and t > now() - interval '6 h' then 'unknown'
      when id = ${ids[5]} then 'waived' else 'met' end
    from unnest('{${ids.join()}}'::bigint[]) id, generate_series(date_trunc('minute', now()) - interval '7 h', now() + interval '2 h', '2 h') t;
    insert into duty_window (estate_id, t_from, t_to, due_at, duty_id, duty_version, place_kind, place_id, verdict)
    select ${place.estate}, t, t + interval '4 h', t + interval '4 h 10 min', ${OTHER}, 1, 'zone', id, case when t < now() - interval '4 h' then 'met'::verdict_kind end
    from unnest('{${place.zones.join()}}'::bigint[]) id, generate_series(date_trunc('minute', now()) - interval '5 h', now(), '4 h') t`);
  sql(`insert into verdict (estate_id, t_from, duty_id, place_id, verdict, reason, found, best, needed, blind_s, formula, formula_version, recorded_at, evidence)
    select estate_id, t_from, duty_id, place_id, verdict, case verdict when 'met' then 'proven' when 'missed' then 'no_evidence' when 'unknown' then 'tracker_off' else 'waived' end,
      case verdict when 'met' then 1 else 0 end, case verdict when 'missed' then 0 else 1 end, 1, case verdict when 'unknown' then 2700 else 0 end, 'pass', 1, due_at + interval '5 s',
      case when verdict = 'unknown' then array[row('outage', estate_id, due_at, null, 990001, null)::evidence] else '{}' end
    from duty_window where duty_id in (${DUTY}, ${OTHER}) and verdict is not null;
    insert into outage (estate_id, recorded_at, id, scope, t_from, t_to, subject, subject_type, cause) select ${place.estate}, due_at, 990001, 'tracker', t_from + interval '40 min',
      t_from + interval '85 min', gen_random_uuid(), 'guard', 'silent' from duty_window where duty_id = ${DUTY} and verdict = 'unknown' group by due_at, t_from on conflict do nothing`);
  sql(`insert into building_state as s (estate_id, building_id, last_pass_at, last_pass_subject_type, duty_every, duty_types, breach_at, breached_at, due_at, verdict, verdict_at, blind)
    select ${place.estate}, id, p, 'guard', '2 h', '{card}', p + interval '2 h', case when p < now() - interval '2 h' then p + interval '2 h' end, now() + interval '1 h',
      case when n <= 3 then 'missed'::verdict_kind when n <= 5 then 'unknown' when n = 6 then 'waived' else 'met' end, now() - interval '1 h', n in (8, 21)
    from unnest('{${ids.join()}}'::bigint[]) with ordinality u (id, n), lateral (select date_trunc('second', now()) - case when n <= 3 then interval '2 h 5 min 30 s' + n * interval '7 min'
      when n <= 10 then interval '1 h 33 min' + n * interval '1 min' else n * interval '1 min' end as p) k
    on conflict (estate_id, building_id) do update set last_pass_at = excluded.last_pass_at, last_pass_subject_type = 'guard', duty_every = excluded.duty_every, duty_types = excluded.duty_types,
      breach_at = excluded.breach_at, breached_at = excluded.breached_at, due_at = excluded.due_at, verdict = excluded.verdict, verdict_at = excluded.verdict_at, blind = excluded.blind`);
  sql(`insert into zone_state (estate_id, zone_id, due_at, verdict, verdict_at, swept, swept_from, swept_at)
    select ${place.estate}, id, now() + interval '3 h', (array['met', 'missed', 'waived', 'met', 'unknown', null]::verdict_kind[])[n], now() - interval '1 h',
      (array[0.6449, 0.12, null, 1, 0.3, 0]::real[])[n], now() - interval '1 h', now() from unnest('{${place.zones.join()}}'::bigint[]) with ordinality u (id, n)
    on conflict (estate_id, zone_id) do update set due_at = excluded.due_at, verdict = excluded.verdict, verdict_at = excluded.verdict_at, swept = excluded.swept,
      swept_from = excluded.swept_from, swept_at = excluded.swept_at`);
  const near = place.buildings.slice(0, 6);
  sql(near.map(([, lon, lat], i) => `insert into device (estate_id, id, source_id, native_id, kind, name, lon, lat) select ${place.estate}, ${990100 + i}, min(id), 'story-${i}',
    '${i < 4 ? 'camera' : 'bin'}', '${i < 4 ? `摄像头 ${i + 1}` : `垃圾桶 ${i - 3}`}', ${lon + 0.0004}, ${lat + 0.0002} from source on conflict do nothing;
    insert into device_duty (estate_id, device_id, uptime, uptime_from, overflow_s, verdict, verdict_at) values (${place.estate}, ${990100 + i}, ${[0.998, 0.975, 0.88, 0.4, 'null', 'null'][i]},
    now() - interval '1 day', ${['null', 'null', 'null', 'null', 0, 5400][i]}, ${i === 3 || i === 5 ? "'missed'" : "'met'"}, now() - interval '1 h')
    on conflict (estate_id, device_id) do update set uptime = excluded.uptime, overflow_s = excluded.overflow_s, verdict = excluded.verdict`).join(';'));
}

function clear() {
  sql(`delete from verdict where duty_id in (${DUTY}, ${OTHER}); delete from duty_window where duty_id in (${DUTY}, ${OTHER}); delete from duty where id in (${DUTY}, ${OTHER});
    delete from device_duty where device_id between 990100 and 990105; delete from device where id between 990100 and 990105; delete from outage where id = 990001;
    update building_state set duty_every = null, duty_types = null, breach_at = null, breached_at = null, due_at = null, verdict = null, verdict_at = null, blind = false where estate_id = ${place.estate};
    update zone_state set due_at = null, verdict = null, verdict_at = null, swept = null, swept_from = null, swept_at = null where estate_id = ${place.estate}`);
}

const shot = async (name) => { if (process.env.HUTONG_SHOTS) await page.screenshot({ path: path.join(process.env.HUTONG_SHOTS, `${name}.png`) }); };
const dutyOf = (id) => page.evaluate((building) => globalThis.hutong.map.getFeatureState({ source: 'hutong', sourceLayer: 'buildings', id: building }).duty ?? 0, id);
const textOf = (layer) => page.evaluate((id) => JSON.stringify(globalThis.hutong.map.getLayoutProperty(id, 'text-field')), layer);

const look = async (solid, zoom) => {
  const [, lon, lat] = place.buildings[0];
  await page.evaluate(([x, y, up, z]) => {
    const { map, set3d } = globalThis.hutong;
    set3d(up);
    map.stop();
    map.jumpTo({ center: [x, y], zoom: z, pitch: up ? 52 : 0, bearing: up ? -18 : 0 });
  }, [lon, lat, solid, zoom]);
};

describe('duties on the map', { timeout: 600_000 }, () => {
  before(async () => {
    assert.ok(URL_PAGE, 'HUTONG_URL is not set; tests/browser/run.sh sets it');
    // The story is told by SQL: judge, which would write what it knows, stands by meanwhile - somebody who lives holds its lease.
    sql(`update judge_lease set owner = 'the story', epoch = epoch + 1, expires_at = 'infinity',
         (backend_pid, backend_start) = (select pid, backend_start from pg_stat_activity where backend_type = 'checkpointer')`);
    place = choose();
    browser = await launch();
    const [, lon, lat] = place.buildings[0];   // flat and near: software draws it
    ({ page, problems } = await openPage(browser, { hash: `#16.2/${lat}/${lon}`, width: 1280, height: 800, fine: !!process.env.HUTONG_SHOTS }));
    await mapIdle(page);
    routes = (await page.request.get(`${URL_PAGE}/api/windows/summary`)).status() === 200;
  });
  after(async () => {
    if (place) clear();
    sql(`update judge_lease set owner = null, expires_at = '-infinity'`);
    await browser?.close();
  });

  test('without duties there is no card; the overlay then says that there is nothing', async () => {
    assert.equal(await page.locator('[data-test=duty-card]').count(), 0);
    await page.locator('[data-layer=duties]').focus();
    await page.keyboard.press('Space');
    await page.waitForSelector('[data-test=duty-none]');
    assert.match(await page.innerText('[data-test=duty-none]'), /没有履约窗口/);
    await page.locator('[data-layer=duties]').focus();
    await page.keyboard.press('Space');
    await page.waitForSelector('[data-test=duty-card]', { state: 'detached' });
    if (!routes) problems.length = 0;   // a server without these routes: the browser notes each 404
  });

  test('the overlay colours by the time since the last pass against the duty, and marks what is overdue', async () => {
    judge();
    const [[late], , , , [soon], , , [blind]] = place.buildings, [fresh] = place.buildings[30];
    await look(false, 16.2);
    await page.locator('[data-test=duty-switch]').focus();
    await page.keyboard.press('Space');
    await eventually(async () => await dutyOf(late) === 3 && await dutyOf(soon) === 2 && await dutyOf(fresh) === 1, 'late, soon and fresh', READY_MS);
    const since = sql(`select to_char(breach_at at time zone (select coalesce(tz, 'Asia/Shanghai') from estate where id = ${place.estate}), 'HH24:MI') from building_state where building_id = ${late}`)[0];
    await eventually(async () => (await textOf('duty-late-mark')).includes(`${since} 起逾期`), 'since when, at the mark', READY_MS);
    // News go on coming, so the map need not stand still: what is asked for is drawn, sooner or later.
    const drawn = (layer) => page.evaluate((id) => globalThis.hutong.map.queryRenderedFeatures({ layers: [id] }).map((f) => f.id), layer);
    await eventually(async () => (await drawn('duty-late-2d')).includes(late), 'the hatching of an overdue building', READY_MS);
    await eventually(async () => (await drawn('duty-late-mark')).includes(late), 'its mark', READY_MS);
    await eventually(async () => (await drawn('duty-blind-2d')).includes(blind), 'the hatching of a blind spot', READY_MS);
    assert.ok(!(await drawn('duty-late-2d')).includes(fresh));
    assert.match(await page.innerText('[data-test=duty-legend]'), /按时到访\s*\d+[^]*即将到期\s*\d+[^]*逾期未到访\s*3[^]*监管盲区[^]*无法判定/);
  });

  test('zones say what share is swept, cameras how long they were online, bins how long they overflowed', async () => {
    await eventually(async () => { const text = await textOf('duty-zone-label'); return text.includes('已清扫 64%') && text.includes('未达标\\n已清扫 12%') && text.includes('已清扫 100%') && text.includes('免考核'); }, 'zones', READY_MS);
    await eventually(() => page.evaluate(() => globalThis.hutong.devices.length === 6), 'devices', READY_MS);
    const texts = () => page.evaluate(() => globalThis.hutong.map.querySourceFeatures('duty-devices').map((f) => `${f.properties.text}|${f.properties.level}`));
    for (const expected of ['在线 99.8%|1', '在线 97.5%|1', '在线 88%|2', '在线 40%|3', '满溢 90 分钟|3', '|1']) await eventually(async () => (await texts()).includes(expected), expected, READY_MS);
    await shot('duties-2d-zh');
    sql(`update zone_state set swept = 0.71 where zone_id = ${place.zones[0]}`);
    await eventually(async () => (await textOf('duty-zone-label')).includes('已清扫 71%'), 'more is swept', READY_MS);
  });

  test('a pass takes the mark away at once, and the clock alone brings it', async () => {
    const [id] = place.buildings[1];
    sql(`update building_state set last_pass_at = now(), breach_at = now() + interval '2 h', breached_at = null where building_id = ${id}`);
    await eventually(async () => await dutyOf(id) === 1, 'fresh again', READY_MS);
    sql(`update building_state set breach_at = now() + interval '10 min' where building_id = ${id}`);
    await eventually(async () => await dutyOf(id) === 2, 'due soon', READY_MS);
    sql(`update building_state set breach_at = now() + interval '3 s' where building_id = ${id}`);
    await eventually(async () => await dutyOf(id) === 3, 'overdue, though nobody said so', READY_MS);
  });

  test('the card counts the windows with their denominator', async (t) => {
    if (!routes) return t.skip('this server has no /api/windows');
    await eventually(async () => {
      if (!await page.locator('[data-test=duty-head]').count()) return false;
      const expected = await page.evaluate(() => document.querySelector('.duty-tabs [aria-selected=true]').dataset.period);
      return expected && /\d+ 个窗口，\d+ 个达标/.test(await page.innerText('[data-test=duty-head]'));
    }, 'figures', READY_MS);
    const period = await page.evaluate(() => document.querySelector('.duty-tabs [aria-selected=true]').dataset.period);
    const span = period === 'day' ? `date_trunc('day', l) and date_trunc('day', l) + interval '1 day' - interval '1 us'`
      : `date_trunc('day', l - interval '20 h') + interval '20 h' and date_trunc('day', l - interval '20 h') + interval '32 h' - interval '1 us'`;
    const [counts] = sql(`with c as (select now() at time zone 'Asia/Shanghai' as l) select concat_ws('|', count(verdict), count(*) filter (where verdict = 'met'), count(*) filter (where verdict = 'missed'))
      from duty_window, c where t_from at time zone 'Asia/Shanghai' between ${span}`);
    const [due, met, missed] = counts.split('|').map(Number);
    assert.equal(await page.innerText('[data-test=duty-head]'), `${due} 个窗口，${met} 个达标`);
    if (met + missed > 0) assert.match(await page.innerText('[data-test=duty-rate]'), new RegExp(`（${met} / ${met + missed}）`));
  });

  test('a building says since when it is overdue, what its windows became, and on what that rests', async (t) => {
    const [id, lon, lat] = place.buildings[0];
    await page.evaluate((building) => globalThis.hutong.select(building), id);
    await page.waitForSelector('[data-test=duty-standing]');
    assert.match(await page.innerText('[data-test=duty-standing]'), /最近到访 [\d:\/ ]+（.+前） · 应每 2 小时一次\s*自 [\d:\/ ]+ 起逾期，已超 \d+ 分钟/);
    await page.evaluate(([x, y]) => globalThis.hutong.map.jumpTo({ center: [x, y] }), [lon, lat]);
    if (!routes) return t.skip('this server has no /api/windows');
    const verdicts = page.locator('[data-test=verdict]');
    await verdicts.first().waitFor();
    await eventually(async () => /未达标 · 没有到访证据/.test(await verdicts.nth(0).innerText()) && /无法判定 · 定位中断/.test(await verdicts.nth(1).innerText()), 'reasons', READY_MS);
    await verdicts.nth(1).click();
    await page.waitForSelector('[data-test=proof]');
    assert.match(await page.innerText('[data-test=proof]'), /查实 0，最多 1，应为 1 · 失明 45 分钟[^]*中断 保安员 · 定位终端 · 没有消息[^]*第 1 次判定[^]*算法“到访”第 1 版/);
    await shot('duties-dossier-zh');
    await page.evaluate(() => globalThis.hutong.setLang('en'));
    assert.match(await page.innerText('[data-test=duty-standing]'), /Last pass [\d: \/]+ \(.+ ago\) · due every 2 h\s*overdue since [\d: \/]+, by \d+ min/);
    assert.match(await verdicts.nth(0).innerText(), /missed · no evidence/);
    await shot('duties-dossier-en');
  });

  test('all of it stands in English too, and in 3D', async () => {
    await page.keyboard.press('Escape');
    await page.evaluate(() => globalThis.hutong.setLang('en'));
    await look(true, 16.1);
    await eventually(async () => (await textOf('duty-late-mark')).includes('overdue since ') && (await textOf('duty-zone-label')).includes('71% swept'), 'words', READY_MS);
    await eventually(() => page.evaluate(() => globalThis.hutong.map.queryRenderedFeatures({ layers: ['duty-late-3d'] }).length > 0), 'hatched volumes', READY_MS);
    await shot('duties-3d-en');
    await page.evaluate(() => globalThis.hutong.setLang('zh'));
  });

  test('switched off, the city has its heights again; nothing went wrong meanwhile', async () => {
    await page.locator('[data-test=duty-switch]').focus();
    await page.keyboard.press('Space');
    await eventually(() => page.evaluate(() => globalThis.hutong.map.getLayoutProperty('duty-late-3d', 'visibility') === 'none' && globalThis.hutong.devices.length === 0), 'off', READY_MS);
    assert.match(JSON.stringify(await page.evaluate(() => globalThis.hutong.map.getPaintProperty('buildings-3d', 'fill-extrusion-color'))), /height_m/);
    assert.deepEqual(problems.filter((line) => routes || !/404/.test(line)), []);
  });
});
