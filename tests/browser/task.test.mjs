// /task, the page of who carries incidents out, on a phone's screen, against a running `hutong up --demo`: signing in by the code of
// a shift, a task from its acceptance to its end, without a network in between, and what somebody else did meanwhile.
//   HUTONG_BIN       build/hutong                  the rest as for page.test.mjs
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { READY_MS, URL_PAGE, eventually, launch, openPage } from './browser.mjs';

const HUTONG = process.env.HUTONG_BIN ?? new URL('../../build/hutong', import.meta.url).pathname;
const WAITED_MS = 60_000;
const PHONE = { width: 390, height: 844, hash: 'task' };
/** A picture of 2 by 2, so that there is something to be scaled. */
const SHOTS = {
  before: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mM4YaOBFTEMLQkAdntLAWbUZrkAAAAASUVORK5CYII=', 'base64'),
  after: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mPQqDiBFTEMLQkAAtVaAbl+5LMAAAAASUVORK5CYII=', 'base64'),   // the same picture again would be no other photo
};

let browser, estate, shift, sign, building, code;
before(async () => {
  assert.ok(URL_PAGE, 'HUTONG_URL is not set; tests/browser/run.sh sets it');
  browser = await launch({ map: false });
  [estate, shift, sign] = sql(`select h.estate_id, h.id, h.label from hutong.shift h join hutong.source s on s.id = h.source_id
    where s.name like 'demo-patrol-%' and h.starts_at <= now() and h.ends_at > now() order by h.estate_id, h.label limit 1`)[0].split('|');
  [building] = sql(`select id from hutong.building where estate_id = ${estate} and valid_to is null and name is not null order by levels desc, id limit 1`);
  code = JSON.parse(execFileSync(HUTONG, ['token', 'add', '--shift', shift, '--json'], { encoding: 'utf8' })).code;
});
after(() => browser?.close());

function sql(query) {
  const out = execFileSync('psql', [process.env.HUTONG_DATABASE, '-X', '-v', 'ON_ERROR_STOP=1', '-Atc', query], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

/** As the dispatcher, who is whoever uses this machine: nobody has an account. */
async function dispatcher(method, path, body, tag) {
  const response = await fetch(`${URL_PAGE}${path}`, { method, headers: { 'content-type': 'application/json', ...(tag && { 'if-match': tag }) }, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return { tag: response.headers.get('etag'), json: await response.json() };
}

/** Reported, filed and sent; gives back "estate/id". */
async function send(title, whom) {
  let { tag, json } = await dispatcher('POST', '/api/incidents', { building_id: Number(building), storey: 3, category: 'water_leak', title });
  const key = `${json.estate_id}/${json.id}`;
  ({ tag } = await dispatcher('POST', `/api/incidents/${key}/steps`, { step: 'file' }, tag));
  await dispatcher('POST', `/api/incidents/${key}/steps`, { step: 'dispatch', note: '从东门进', ...whom }, tag);
  return key;
}

const toShift = (title) => send(title, { shift_id: Number(shift) });
const look = async (key) => (await dispatcher('GET', `/api/incidents/${key}`)).json;
const stateBecomes = (key, state) => eventually(async () => (await look(key)).state === state, `${key} is ${state}`, WAITED_MS);
const takenSteps = async (key) => (await look(key)).steps.map(({ step }) => step).filter((step) => !['warn', 'breach', 'escalate'].includes(step));

/** What went wrong, apart from what the test did on purpose. */
const unexpected = (problems, fine = /$^/) => problems.filter((line) => !fine.test(line));
const CUT_OFF = /ERR_INTERNET_DISCONNECTED|ERR_FAILED|net::ERR/;

async function signedIn(options = {}) {
  const opened = await openPage(browser, { ...PHONE, ...options });
  await opened.page.waitForSelector('[name=code]');
  await opened.page.fill('[name=code]', code);
  await opened.page.press('[name=code]', 'Enter');
  await opened.page.waitForSelector('[data-test=who]');
  return opened;
}

async function openTask(page, key) {
  await page.locator(`[data-task="${key}"]`).click();
  await page.waitForSelector('.one');
}

const waitingCount = (page) => page.locator('[data-test=waiting]').count();
const press = (page, name) => page.click(`[data-test=${name}]`);

describe('tasks on a phone', { timeout: 900_000 }, () => {
  test('a wrong code is refused in words, the right one lets in; nothing of the map is asked for', async () => {
    const asked = [];
    const { page, problems } = await openPage(browser, { ...PHONE, before: (page) => page.on('request', (request) => asked.push(new URL(request.url()).pathname)) });
    await page.fill('[name=code]', 'abcde12345');
    assert.equal(await page.inputValue('[name=code]'), 'ABCDE-12345');
    await press(page, 'submit');
    await eventually(async () => /班次码不对/.test(await page.innerText('[data-test=problem]')), 'refused in words', WAITED_MS);
    await page.fill('[name=code]', code);
    await press(page, 'submit');
    await page.waitForSelector('[data-test=who]');
    assert.equal(await page.innerText('[data-test=who]'), sign.replaceAll('#', '').trim());
    assert.equal(await page.title(), '胡同 · 我的任务');
    assert.ok(!asked.some((path) => /\/tiles|app\.js|map-worker|fonts\.json|\/api\/(estates|stream)/.test(path)), 'no map');
    assert.deepEqual(unexpected(problems, /401/), []);
    await page.context().close();
  });

  test('from the acceptance to the end: where, until when, what next', async () => {
    const key = await toShift('走廊漏水 <b>三楼</b>');
    const { page, problems } = await signedIn();
    await page.waitForSelector(`[data-test=own] [data-task="${key}"]`);
    assert.match(await page.innerText(`[data-task="${key}"] [data-test=time]`), /到场时限还有\s*\d+ 分 \d+ 秒/);
    await openTask(page, key);
    const where = sql(`select e.name || ' ' || b.name from hutong.estate e join hutong.building b on b.estate_id = e.id where b.id = ${building}`)[0].split(' ');
    for (const part of [...where, '3 层']) assert.ok((await page.innerText('[data-test=where]')).includes(part), part);
    assert.match(await page.getAttribute('[data-test=geo]', 'href'), /^geo:\d+\.\d{6},\d+\.\d{6}\?q=/);
    const body = await page.innerText('body');
    assert.match(body, /走廊漏水 <b>三楼<\/b>/);
    assert.match(body, /从东门进/);
    assert.doesNotMatch(body, /\b(undefined|NaN|null|UTC|dispatched|accepted|respond)\b/);
    for (const box of await Promise.all((await page.locator('button:visible, a.big').all()).map((one) => one.boundingBox()))) assert.ok(box.height >= 47.9, `${box.height} px`);

    await press(page, 'accept');
    await stateBecomes(key, 'accepted');
    await press(page, 'arrive');
    await stateBecomes(key, 'on_site');
    await photos(page, key);
    await press(page, 'resolve');
    await page.fill('[data-test=sheet] textarea', '已更换阀门');
    await press(page, 'send');
    await stateBecomes(key, 'fed_back');
    await page.waitForSelector('[data-test=finished]');
    assert.deepEqual((await takenSteps(key)).filter((step) => step !== 'comment'), ['report', 'file', 'dispatch', 'accept', 'arrive', 'resolve', 'feed_back']);
    await press(page, 'back');
    await page.waitForSelector(`[data-test=done] [data-task="${key}"]`);
    assert.deepEqual(unexpected(problems), []);
    await page.context().close();
  });

  async function photos(page, key) {
    for (const kind of ['before', 'after']) {
      await page.setInputFiles(`[data-test=photo-${kind}]`, { name: 'camera.png', mimeType: 'image/png', buffer: SHOTS[kind] });
      await eventually(async () => (await look(key)).photos.some((photo) => photo.kind === kind), `the photo ${kind}`, WAITED_MS);
    }
    await page.waitForFunction(() => [...document.querySelectorAll('.shots img[src^="/api/photos/"]')].filter((image) => image.naturalWidth > 0).length === 2);
  }

  test('without a network the work goes on; what was done is sent in order when there is one', async () => {
    const key = await toShift('地下室积水');
    const { page, problems } = await signedIn();
    await page.waitForSelector(`[data-task="${key}"]`);
    await openTask(page, key);
    await page.context().setOffline(true);
    await press(page, 'accept');
    await page.waitForSelector('[data-test=offline]');
    await press(page, 'arrive');
    await press(page, 'resolve');
    await press(page, 'send');
    await eventually(async () => /4 项等待发送/.test(await page.innerText('[data-test=waiting]')), 'four wait');
    assert.equal((await look(key)).state, 'dispatched');
    await page.context().setOffline(false);
    await stateBecomes(key, 'fed_back');
    await eventually(async () => await waitingCount(page) === 0, 'nothing waits', WAITED_MS);
    const steps = (await look(key)).steps.filter(({ step }) => ['accept', 'arrive', 'resolve', 'feed_back'].includes(step));
    assert.deepEqual(steps.map(({ step }) => step), ['accept', 'arrive', 'resolve', 'feed_back'], 'each once, in order');
    for (const { detail, at } of steps) assert.ok(Date.parse(detail.said_at) <= Date.parse(at), 'when it was done, and when it came');
    assert.deepEqual(unexpected(problems, CUT_OFF), []);
    await page.context().close();
  });

  test('what waits outlives the page, and a clock that spoke meanwhile does not matter', async () => {
    const key = await toShift('水管渗水');
    const { page } = await signedIn();
    await page.waitForSelector(`[data-task="${key}"]`);
    await openTask(page, key);
    await page.route('**/steps', (route) => route.abort());
    await press(page, 'accept');
    await page.waitForSelector('[data-test=waiting]');
    await dispatcher('POST', `/api/incidents/${key}/steps`, { step: 'urge' }, `"${(await look(key)).version}"`);   // a newer version, as a clock makes
    await page.reload();
    await page.waitForSelector('[data-test=waiting]');
    await page.unroute('**/steps');
    await stateBecomes(key, 'accepted');
    assert.deepEqual((await takenSteps(key)).slice(-2), ['urge', 'accept']);
    await page.context().close();
  });

  test('what somebody else did meanwhile is explained, and the worker decides', async () => {
    const key = await toShift('屋面漏水');
    const { page } = await signedIn();
    await page.waitForSelector(`[data-task="${key}"]`);
    await openTask(page, key);
    await page.route('**/steps', (route) => route.abort());
    await press(page, 'accept');
    await page.waitForSelector('[data-test=waiting]');
    await dispatcher('POST', `/api/incidents/${key}/steps`, { step: 'accept' }, `"${(await look(key)).version}"`);
    await page.unroute('**/steps');
    await page.waitForSelector('[data-test=trouble]', { timeout: WAITED_MS });
    assert.match(await page.innerText('[data-test=trouble]'), /“接单”没有发送成功[\s\S]*别人动过这起案件/);
    await press(page, 'drop');
    await page.waitForSelector('[data-test=trouble]', { state: 'detached' });
    await press(page, 'arrive');
    await stateBecomes(key, 'on_site');

    const organisation = Number(sql(`select id from hutong.organisation where code = 'demo-clean'`)[0]);
    await dispatcher('POST', `/api/incidents/${key}/steps`, { step: 'dispatch', organisation_id: organisation, note: '改派' }, `"${(await look(key)).version}"`);
    await page.waitForSelector('[data-test=gone]', { timeout: WAITED_MS });
    assert.match(await page.innerText('[data-test=gone]'), /不是您的任务/);
    await page.context().close();
  });

  test('refuse, pause and plan ask for their reasons', async () => {
    const first = await toShift('甲'), second = await toShift('乙');
    const { page, problems } = await signedIn();
    await page.waitForSelector(`[data-task="${first}"]`);
    await openTask(page, first);
    await press(page, 'refuse');
    await press(page, 'send');
    assert.match(await page.innerText('[data-test=sheet] [role=alert]'), /填完整/);
    await page.fill('[data-test=sheet] textarea', '不在我的责任区');
    await press(page, 'send');
    await stateBecomes(first, 'filed');
    await press(page, 'back');
    await openTask(page, second);
    await press(page, 'pause');
    assert.deepEqual(await page.locator('.choice span').allInnerTexts(), ['等配件', '天气原因', '进不去现场', '等业主']);
    await page.click('.choice >> nth=2');
    await press(page, 'send');
    await stateBecomes(second, 'paused');
    await press(page, 'resume');
    await stateBecomes(second, 'dispatched');
    await press(page, 'arrive');
    await stateBecomes(second, 'on_site');
    await press(page, 'plan');
    await page.fill('[data-test=sheet] [type=date]', '2099-12-01');
    await page.fill('[data-test=sheet] textarea', '换立管，需停水');
    await press(page, 'send');
    await stateBecomes(second, 'resolved');
    const steps = (await look(second)).steps;
    assert.equal(steps.find(({ step }) => step === 'pause').note, 'no_access');
    assert.match(steps.find(({ step }) => step === 'plan').detail.planned_for, /^2099-12-0/);
    assert.deepEqual(unexpected(problems), []);
    await page.context().close();
  });

  test('in English, in the dark, by keyboard alone, and on a narrow phone', async () => {
    const organisation = Number(sql(`select organisation_id from hutong.shift where id = ${shift}`)[0]);
    const key = await send('free for the team', { organisation_id: organisation });
    const { page, problems } = await signedIn({ locale: 'en-GB', width: 320, height: 640 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForSelector(`[data-test=free] [data-task="${key}"]`);
    assert.match(await page.innerText('body'), /My tasks[\s\S]*To be taken/);
    assert.doesNotMatch(await page.innerText('[data-test=free]'), /\p{Script=Han}{3,}.*时限/u);
    await page.focus(`[data-task="${key}"]`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.one');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2', 'a screen reader begins with what it is');
    for (let i = 0; i < 4 && await page.evaluate(() => document.activeElement.dataset.test) !== 'accept'; i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await stateBecomes(key, 'accepted');
    assert.equal(sql(`select shift_id from hutong.incident where id = ${key.split('/')[1]}`)[0], shift, 'who accepts what is free has it');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing to scroll sideways');
    assert.deepEqual(unexpected(problems), []);
    await press(page, 'out');
    await page.waitForSelector('[name=code]');
    await page.context().close();
  });
});
