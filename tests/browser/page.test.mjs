// The page against a running `hutong up --demo` (run.sh starts one): real tiles, real database, real broker.
//   HUTONG_URL       http://127.0.0.1:8080          HUTONG_DATABASE  libpq conninfo
//   HUTONG_BROKER    mqtt://user:password@host:port  HUTONG_CHROMIUM  /usr/bin/chromium
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { READY_MS, URL_PAGE, eventually, launch, mapIdle, openPage } from './browser.mjs';

const MOVE_LIMIT_MS = 2_000;
const EDGE_M = 3;   // tile coordinates are rounded: a building this close to the edge of the view may count either way

let browser;
before(async () => {
  assert.ok(URL_PAGE, 'HUTONG_URL is not set; tests/browser/run.sh sets it');
  browser = await launch();
});
after(() => browser?.close());

function sql(query) {
  const out = execFileSync('psql', [process.env.HUTONG_DATABASE, '-X', '-v', 'ON_ERROR_STOP=1', '-Atc', query], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

function publish(topic, payload) {
  const broker = new URL(process.env.HUTONG_BROKER);
  execFileSync('mosquitto_pub', ['-h', broker.hostname, '-p', broker.port || '1883',
    ...(broker.username ? ['-u', decodeURIComponent(broker.username), '-P', decodeURIComponent(broker.password)] : []),
    '-q', '1', '-t', topic, '-m', JSON.stringify(payload)]);
}

function publishFix(lon, lat, course) {
  publish('owntracks/phone/browsertest', // as a phone does that `up --mqtt-bind` lets in
    { _type: 'location', lat, lon, tst: Math.floor(Date.now() / 1000), acc: 6, vel: 4, cog: course, batt: 81, tid: 'bt' });
}

const unitNear = (page, lon, lat) => page.evaluate(([x, y]) =>
  globalThis.hutong.units.find((unit) => Math.abs(unit.lon - x) < 2e-5 && Math.abs(unit.lat - y) < 2e-5) ?? null, [lon, lat]);

/** Flat view from above at a building's place, close enough that tiles hold every footprint. */
async function lookDown(page, zoom = 16.5) {
  await page.evaluate((z) => {
    const { map } = globalThis.hutong;
    globalThis.hutong.set3d(false);
    map.stop();
    map.setPadding({ top: 0, bottom: 0, left: 0, right: 0 });
    map.jumpTo({ center: map.getCenter(), zoom: z, pitch: 0, bearing: 0 });
  }, zoom);
  await mapIdle(page);
}

/** Runs in the page: a point where the map itself is on top and a building is drawn. */
function freeBuilding() {
  const { map } = globalThis.hutong;
  for (let y = 150; y < innerHeight - 120; y += 12) {
    for (let x = 350; x < innerWidth - 460; x += 12) {
      const [hit] = map.queryRenderedFeatures([x, y], { layers: ['buildings-2d'] });
      if (hit && document.elementFromPoint(x, y) === map.getCanvas()) return { x, y, id: hit.id };
    }
  }
  return null;
}

describe('the page on the demo district', { timeout: 600_000 }, () => {
  let page, problems;
  before(async () => {
    ({ page, problems } = await openPage(browser));
    await mapIdle(page);
  });
  after(() => page?.close());   // a map that goes on moving would slow the pages of the tests below

  test('shows volumes: buildings with heights are drawn in 3D', async () => {
    const heights = await page.evaluate(() => globalThis.hutong.map.queryRenderedFeatures({ layers: ['buildings-3d'] })
      .map((feature) => feature.properties.height_m));
    assert.ok(heights.length > 50, `only ${heights.length} buildings drawn`);
    assert.ok(new Set(heights).size > 3, 'all buildings have the same height');
  });

  test('is labelled as demo data, in Chinese, with the approval slot', async () => {
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
    const text = await page.innerText('body');
    assert.match(text, /演示数据/);
    assert.match(text, /审图号/);
    assert.doesNotMatch(text, /\b(UTC|GMT|guard|cleaner|market-run|state-backed|resident-run|position|nearest|undefined|NaN|null)\b/);
  });

  test('the feed is live and says how old its data is', async () => {
    await eventually(async () => await page.getAttribute('[data-test=feed]', 'data-tone') === 'green', 'feed age green', 30_000);
    assert.match(await page.innerText('[data-test=feed]'), /数据 .*前/);
    assert.ok(await page.evaluate(() => globalThis.hutong.units.length) > 0);
  });

  test('draws exactly the buildings the database holds for the view', async () => {
    await lookDown(page);
    const { ids, ring } = await page.evaluate(() => {
      const { map } = globalThis.hutong;
      const { clientWidth: w, clientHeight: h } = map.getCanvas();
      const corners = [[0, 0], [w, 0], [w, h], [0, h], [0, 0]].map((point) => map.unproject(point).toArray());
      return { ids: [...new Set(map.queryRenderedFeatures({ layers: ['buildings-2d'] }).map((f) => String(f.id)))], ring: corners };
    });
    const view = `ST_GeomFromText('POLYGON((${ring.map((p) => p.join(' ')).join(',')}))', 4326)`;
    const inView = (metres) => new Set(sql(`select id from hutong.building where (valid_to is null or valid_to > now())
      and ST_Intersects(geom, ST_Buffer(${view}::geography, ${metres})::geometry) order by id`));
    const surely = inView(-EDGE_M), perhaps = inView(EDGE_M), drawn = new Set(ids);
    assert.ok(surely.size >= 5, `only ${surely.size} buildings in view`);
    assert.deepEqual([...surely].filter((id) => !drawn.has(id)), [], 'in the database, not drawn');
    assert.deepEqual([...drawn].filter((id) => !perhaps.has(id)), [], 'drawn, not in the database');
  });

  test('a published OwnTracks position is on the map within 2 s, and moves', async () => {
    const { lng, lat } = await page.evaluate(() => globalThis.hutong.map.getCenter());
    let unit = null;
    for (const [step, dx] of [[1, 0], [2, 0.0003]]) {
      const lon = Number((lng + dx).toFixed(6)), at = Number(lat.toFixed(6));
      // whole seconds are all OwnTracks has: two fixes need different ones to be in order
      await eventually(() => !unit || Math.floor(Date.now() / 1000) > Date.parse(unit.t_event) / 1000, 'the next second');
      publishFix(lon, at, 90);
      const seen = await eventually(() => unitNear(page, lon, at), `fix ${step} on the map`, MOVE_LIMIT_MS);
      assert.ok(!unit || seen.id === unit.id, 'the second fix made another unit');
      unit = seen;
      await eventually(() => page.evaluate(([id, x]) => Math.abs(globalThis.hutong.unitAt(id).lon - x) < 1e-6, [unit.id, lon]), 'the dot arrives', 5_000);
    }
    assert.equal(await page.locator(`.units [data-unit="${unit.id}"]`).count(), 1);
    assert.equal(await page.locator(`.list [data-unit="${unit.id}"]`).count(), 1, 'and in the list');
  });

  test('a click on a building opens its dossier, the address keeps it, Escape closes it', async () => {
    await lookDown(page, 17.5);
    const target = await page.evaluate(freeBuilding);
    assert.ok(target, 'no building to click on');
    await page.mouse.click(target.x, target.y);
    await page.waitForSelector('[data-test=dossier] h2', { timeout: 10_000 });
    const [name] = sql(`select coalesce(name, '') from hutong.building where id = ${Number(target.id)} and (valid_to is null or valid_to > now())`);
    if (name) assert.equal(await page.innerText('[data-test=dossier] h2'), name);
    assert.match(await page.innerText('[data-test=dossier]'), /楼栋档案[\s\S]*高度[\s\S]*最近记录/);
    assert.match(await page.evaluate(() => location.hash), new RegExp(`^#[\\d./-]+&building=${target.id}$`));
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-test=dossier]', { state: 'detached' });
    assert.doesNotMatch(await page.evaluate(() => location.hash), /building/);
  });

  test('the dossier of a building that a guard passed says when, who and how near, in both languages', async () => {
    const passed = () => sql(`select p.place_id from hutong.pass p join hutong.asset_state a on a.subject = p.subject
      where p.place_kind = 'building' and a.label like '巡逻%组' order by p.t_to desc limit 1`)[0];
    const id = await eventually(passed, 'a pass of a guard', READY_MS);
    await page.evaluate((building) => globalThis.hutong.select(building), Number(id));
    for (const [last, row] of [[/^最近到访：.+前$/, /\d\d:\d\d[^]*到访[^]*巡逻\d+组 · (距楼 \d+ 米|楼内)/],
      [/^Last pass .+ ago$/, /\d\d:\d\d[^]*Pass[^]*Patrol \d+ · (\d+ m away|inside)/]]) {
      const line = page.locator('[data-test=dossier] [data-test=pass]').filter({ hasText: /巡逻|Patrol/ }).first();
      await line.waitFor({ timeout: 10_000 });
      assert.match(await line.innerText(), row);
      assert.match(await page.innerText('[data-test=last-pass]'), last);
      await page.click('[data-test=lang]');
    }
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-test=dossier]', { state: 'detached' });
  });

  test('the state of a building reaches its paint, and a building that changed its tiles, both at once', async () => {
    await lookDown(page, 17.5);
    const { id } = await page.evaluate(freeBuilding);
    const level = () => page.evaluate((building) =>
      globalThis.hutong.map.getFeatureState({ source: 'hutong', sourceLayer: 'buildings', id: building }).level ?? 0, id);
    const height = () => page.evaluate((building) => globalThis.hutong.map.querySourceFeatures('hutong',
      { sourceLayer: 'buildings', filter: ['==', ['id'], building] })[0]?.properties.height_m, id);
    sql(`insert into hutong.building_state (estate_id, building_id, last_alarm_at) select estate_id, id, now()
      from hutong.building where id = ${Number(id)} on conflict (estate_id, building_id) do update set last_alarm_at = now()`);
    await eventually(async () => await level() === 2, 'the alarm on the map', MOVE_LIMIT_MS);
    sql(`update hutong.building_state set last_alarm_at = null where building_id = ${Number(id)}`);
    await eventually(async () => await level() < 2, 'no alarm any more', MOVE_LIMIT_MS);
    const before = await height();
    sql(`update hutong.building set height_m = 123 where id = ${Number(id)}`);
    await eventually(async () => await height() === 123, 'the new height on the map', MOVE_LIMIT_MS);
    sql(`update hutong.building set height_m = ${Number(before)} where id = ${Number(id)}`);
    await eventually(async () => await height() === before, 'the old height again', MOVE_LIMIT_MS);
  });

  test('an incident is in the list and on its building within seconds, follows its state and its clock, and goes when it is closed', async () => {
    await lookDown(page, 17.5);
    const building = Number((await page.evaluate(freeBuilding)).id);
    const [id] = sql(`with made as (
        insert into hutong.incident (estate_id, origin, category, severity, policy_id, policy_version, building_id, storey, title, t_event,
          reported_at, state_at, breach_at)
        select b.estate_id, 'call', 'smoke', 'serious', p.id, p.version, b.id, 3, '三楼有烟', now(), now(), now(), now() + interval '5 min'
        from hutong.building b, hutong.sla_policy p where b.id = ${building} and b.valid_to is null and p.key = 'serious' and p.valid_to is null
        returning estate_id, id, breach_at
      ), timed as (
        insert into hutong.clock (estate_id, incident_id, stage, started_at, left_us, warn_us, runs_from, due_at, warn_at)
        select estate_id, id, 'respond', now(), 300000000, 60000000, now(), breach_at, breach_at - interval '1 min' from made
      ), noted as (
        insert into hutong.incident_step (estate_id, incident_id, step, state, actor) select estate_id, id, 'report', 'reported', 'desk' from made
      ) select id from made`);
    const row = page.locator(`[data-test=incidents] [data-incident="${id}"]`);
    const marked = () => page.evaluate((wanted) => globalThis.hutong.map.queryRenderedFeatures({ layers: ['incident-marks'] })
      .find(({ properties }) => properties.building === wanted)?.properties.standing ?? '', building);
    const says = (words, what) => eventually(async () => words.test(await row.innerText({ timeout: MOVE_LIMIT_MS }).catch(() => '')), what, 2 * MOVE_LIMIT_MS);
    await says(/^烟雾报警\s+剩 0[0-4]:\d\d\s.*3 层 · 已上报(\s|$)/, 'the incident in the list');
    assert.match(await page.innerText('[data-test=incidents-over]'), /^\d+ \/ \d+ 超时$/);
    assert.doesNotMatch(await page.innerText('body'), /三楼有烟/, 'no words of whoever reported it');
    await eventually(async () => await marked() === 'running', 'its mark on the building', READY_MS);
    sql(`update hutong.incident set state = 'dispatched', state_at = now(), version = version + 1, breach_at = now() - interval '1 min' where id = ${id};
      update hutong.clock set due_at = now() - interval '1 min' where incident_id = ${id}`);
    await says(/超时 01:\d\d\s.*已派遣(\s|$)/, 'dispatched, and over time');
    await eventually(async () => await marked() === 'over', 'its mark over time', READY_MS);
    await row.click();
    await page.waitForSelector('[data-test=dossier] [data-test=incidents-here]');
    assert.match(await page.evaluate(() => location.hash), new RegExp(`building=${building}$`));
    sql(`update hutong.clock set stopped_at = now() where incident_id = ${id};
      update hutong.incident set state = 'closed', state_at = now(), closed_at = now(), breach_at = null, version = version + 1 where id = ${id}`);
    await row.waitFor({ state: 'detached' });
    await page.waitForSelector('[data-test=incidents-here]', { state: 'detached' });
    await eventually(async () => await marked() === '', 'no mark any more', READY_MS);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-test=dossier]', { state: 'detached' });
  });

  test('speaks English on request and remembers it', async () => {
    await page.click('[data-test=lang]');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.match(await page.innerText('body'), /Units on duty/);
    await mapIdle(page);
    await page.reload();
    await page.waitForFunction(() => document.documentElement.lang === 'en', null, { timeout: READY_MS });
    await mapIdle(page);
    await page.click('[data-test=lang]');
    assert.match(await page.innerText('body'), /在岗单元/);
  });

  test('layer switches, 2D/3D and the lists work from the keyboard', async () => {
    await page.locator('[data-layer=buildings]').focus();
    await page.keyboard.press('Space');
    await eventually(() => page.evaluate(() => globalThis.hutong.map.getLayoutProperty('buildings-2d', 'visibility') === 'none'), 'buildings hidden');
    await page.keyboard.press('Space');
    await page.locator('[data-test=dimension]').focus();
    const before = await page.innerText('[data-test=dimension]');
    await page.keyboard.press('Enter');
    await eventually(async () => await page.innerText('[data-test=dimension]') !== before, '2D/3D switched');
    await page.locator('.list [data-unit]').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.following');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.following', { state: 'detached' });
    await mapIdle(page);
  });

  test('nothing went wrong meanwhile: no console error, no failed request, no foreign origin', () => {
    assert.deepEqual(problems, []);
  });
});

describe('when there is nothing or nobody', { timeout: 600_000 }, () => {
  const sse = (event, data) => ({ status: 200, contentType: 'text/event-stream', body: `retry: 60000\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n` });

  test('an empty district says what to do next', async () => {
    const { page } = await openPage(browser, { before: async (p) => {
      await p.route('**/api/estates', (route) => route.fulfill({ json: { estates: [] } }));
      await p.route(/\/tiles\/[^.]*\/\d+\/\d+\/\d+$/, (route) => route.fulfill({ status: 204 }));
      await p.route('**/api/stream*', (route) => route.fulfill(sse('snapshot', { now: new Date().toISOString(), assets: [] })));
    } });
    await page.waitForSelector('[data-test=empty-buildings]', { timeout: READY_MS });
    assert.match(await page.innerText('[data-test=empty-buildings]'), /还没有楼栋数据[\s\S]*hutong import buildings FILE/);
    assert.match(await page.innerText('[data-test=empty-units]'), /没有在岗单元[\s\S]*OwnTracks/);
    await page.close();
  });

  test('a lost feed is shown in red and comes back by itself', async () => {
    let away = true;
    const mapless = await launch({ map: false });
    const { page } = await openPage(mapless, { before: (p) => p.route('**/api/stream*', (route) => away ? route.fulfill({ status: 503 }) : route.continue()) });
    await page.waitForSelector('[data-test=feed][data-tone=red]', { timeout: READY_MS });
    assert.match(await page.innerText('[data-test=feed]'), /连接已断开/);
    away = false;
    await page.waitForSelector('[data-test=feed]:not([data-tone=red])', { timeout: READY_MS });
    await mapless.close();
  });

  test('a server that is away is waited for', async () => {
    let away = true;
    const { page } = await openPage(browser, { before: (p) => p.route('**/api/estates', (route) => away ? route.abort() : route.continue()) });
    await page.waitForSelector('.card');
    await eventually(async () => /暂时连接不到服务器/.test(await page.innerText('body')), 'the notice', 20_000);
    away = false;
    await mapIdle(page);
    assert.equal(await page.locator('.card').count(), 0);
    await page.close();
  });

  test('a phone shows the map, the lists fold out', async () => {
    const { page, problems } = await openPage(browser, { width: 390, height: 844 });
    await mapIdle(page);
    await page.click('.fold');
    await page.waitForSelector('.side:not(.is-closed)');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the phone');
    assert.deepEqual(problems, []);
    await page.close();
  });
});
