// Who may see what, as the page shows it, against a running `hutong up --demo` that nobody has an account of yet.
// The accounts made here close it for good: run.sh runs this file last, and only on a server of its own.
//   HUTONG_BIN       build/hutong                  the rest as for page.test.mjs
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { READY_MS, URL_PAGE, eventually, launch, mapIdle, openPage } from './browser.mjs';

const HUTONG = process.env.HUTONG_BIN ?? new URL('../../build/hutong', import.meta.url).pathname;
const PASSWORD = 'a-long-enough-secret';
const WRONG = 'not-the-right-one';
const FAILURES = 5;

let browser, mapless, estate, foreign;
before(async () => {
  assert.ok(URL_PAGE, 'HUTONG_URL is not set; tests/browser/run.sh sets it');
  [browser, mapless] = await Promise.all([launch(), launch({ map: false })]);
  [estate, foreign] = sql(`select e.id from hutong.estate e join hutong.building b on b.estate_id = e.id
    where e.id > 0 group by e.id order by count(*) desc, e.id limit 2`).map(Number);
});
after(() => Promise.all([browser?.close(), mapless?.close()]));

const hutong = (...args) => execFileSync(HUTONG, args, { encoding: 'utf8', input: `${PASSWORD}\n` });
const addUser = (name, ...grant) => hutong('user', 'add', name, '--password-file', '-', ...grant);

function sql(query) {
  const out = execFileSync('psql', [process.env.HUTONG_DATABASE, '-X', '-v', 'ON_ERROR_STOP=1', '-Atc', query], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

/** A guard of the estate: a source and a shift of its own, and a position from the broker. */
function addGuard() {
  hutong('source', 'add', 'post', '--topic', 'owntracks/post/+', '--format', 'owntracks', '--estate', String(estate), '--purpose', 'browser test', '--retention', '1d');
  sql(`insert into hutong.shift (estate_id, source_id, subject_type, label, label_en, starts_at, ends_at)
    select estate_id, id, 'guard', '东门岗', 'East gate', now() - interval '1 hour', now() + interval '8 hours' from hutong.source where name = 'post'`);
}

const SHIFT_OF_GUARD = `select s.id from hutong.shift s join hutong.source o on o.id = s.source_id where o.name = 'post'`;

function publishGuard() {
  const broker = new URL(process.env.HUTONG_BROKER);
  const [lon, lat] = sql(`select ST_X(p), ST_Y(p) from (select ST_Centroid(geom) as p from hutong.estate where id = ${estate}) e`)[0].split('|').map(Number);
  execFileSync('mosquitto_pub', ['-h', broker.hostname, '-p', broker.port, '-u', decodeURIComponent(broker.username),
    '-P', decodeURIComponent(broker.password), '-q', '1', '-t', 'owntracks/post/gate',
    '-m', JSON.stringify({ _type: 'location', lat, lon, tst: Math.floor(Date.now() / 1000), acc: 6, tid: 'gt' })]);
}

/** A page that also notes what it asked for, in a browser context (cookies, storage) of its own; with the map when it matters. */
async function open({ map = false, ...options } = {}) {
  const asked = [];
  const opened = await openPage(map ? browser : mapless, { width: 1200, height: 700, ...options, before: async (page) => {
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      asked.push(pathname + (searchParams.has('topics') ? `?${searchParams.get('topics')}` : ''));
    });
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
    await options.before?.(page);
  } });
  return { ...opened, asked };
}

/** What went wrong apart from the refusals that the test asked for, which Chromium reports as errors of the console. */
const unexpected = (problems, refused = /$^/) => problems.filter((line) => !refused.test(line));
const REFUSED_SIGN_IN = /^HTTP (401|429): .*\/api\/session$|status of (401|429)/;

async function submit(page, name, password) {
  await page.fill('[name=name]', name);
  await page.fill('[name=password]', password);
  await page.press('[name=password]', 'Enter');
}

async function refusal(page) {
  await page.waitForSelector('[data-test=problem]:not(:empty)');
  await page.waitForSelector('[data-test=submit][aria-disabled=false]');
  return page.innerText('[data-test=problem]');
}

const signInPage = (page) => page.waitForSelector('[data-test=submit]');

async function signIn(page, name) {
  await signInPage(page);
  await submit(page, name, PASSWORD);
  await page.waitForSelector('[data-test=account]');
}

async function say(page, purpose) {
  await page.waitForSelector('[data-test=purpose][open]');
  await page.click(`[data-test=purpose] [value=${purpose}]`);
  await page.click('[data-test=purpose-save]');
  await page.waitForSelector('[data-test=purpose]', { state: 'detached' });
}

const unitCount = (page) => page.evaluate(() => globalThis.hutong.units.length);
const listed = (page) => page.locator('[data-test=estates] li').allInnerTexts();
/** As when a tab comes to the front; the page may reload meanwhile. */
const lookAgain = (page) => page.evaluate(() => dispatchEvent(new Event('focus'))).catch(() => undefined);

describe('who may see what', { timeout: 900_000 }, () => {
  test('without accounts the page says that everybody here is administrator, and what to do', async () => {
    const { page, problems } = await open({ map: true });
    await mapIdle(page);
    assert.match(await page.innerText('[data-test=open-mode]'), /开放模式[\s\S]*本机人人可管理/);
    await page.click('[data-test=open-mode]');
    assert.match(await page.innerText('.account-panel'), /本机任何人都是管理员[\s\S]*hutong user add/);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.account-panel', { state: 'detached' });
    await eventually(() => unitCount(page), 'units, without being asked why', READY_MS);

    addUser('boss', '--role', 'administrator', '--label', '值班长');
    await eventually(async () => { await lookAgain(page); return page.locator('[data-test=submit]').count(); }, 'the first account closes the page', READY_MS);
    assert.equal(await page.locator('[data-test=feed], .units .unit').count(), 0, 'nothing of before is left');
    assert.deepEqual(unexpected(problems, /status of 401|^HTTP 401/), []);
    await page.context().close();
  });

  test('the other accounts', () => {
    addUser('firm', '--role', 'company', '--estates', String(estate));
    addUser('plan', '--role', 'planner');
    addUser('audit', '--role', 'auditor');
    addUser('locked', '--role', 'administrator');
    addGuard();
  });

  test('signing in: refused in words, then let in by Enter; live units only after the purpose', async () => {
    const { page, problems, asked } = await open();
    await signInPage(page);
    assert.equal(await page.evaluate(() => document.activeElement.name), 'name', 'ready to type');
    assert.doesNotMatch(await page.innerText('body'), /\b(error|UTC|undefined|NaN|null|HTTP)\b/i);
    assert.equal(await page.locator('[style]').evaluateAll((all) => all.filter((one) => one.closest('.signin')).length), 0);
    await submit(page, 'boss', '');
    assert.equal(await refusal(page), '请填写账号和口令。');
    await submit(page, 'boss', WRONG);
    await eventually(async () => /账号或口令不对/.test(await refusal(page)), 'wrong, in words', READY_MS);
    assert.deepEqual(await page.evaluate(() => [document.activeElement.name, getSelection().toString().length > 0 ||
      document.activeElement.selectionEnd > document.activeElement.selectionStart]), ['password', true], 'ready to type it again');
    assert.ok(!asked.some((path) => /^\/(tiles|api\/(?!session))/.test(path)), 'nothing is asked for before somebody is in');

    await submit(page, 'boss', PASSWORD);
    await page.waitForSelector('[data-test=purpose][open]');
    const dialog = await page.innerText('[data-test=purpose]');
    assert.match(dialog, /为什么[\s\S]*个人信息[\s\S]*值班指挥[\s\S]*案件处置[\s\S]*履约检查[\s\S]*投诉核实[\s\S]*系统维护[\s\S]*其他[\s\S]*记入审计/);
    await page.click('[data-test=purpose-later]');
    await page.waitForSelector('[data-test=units-purpose]');
    await eventually(() => asked.includes('/api/estates'), 'the page goes on without');
    assert.equal(await unitCount(page), 0);
    assert.ok(!asked.some((path) => /^\/api\/stream.*assets/.test(path)), 'no live positions before the purpose');

    await page.click('[data-test=units-purpose] button');
    await page.click('[data-test=purpose-save]');
    assert.match(await page.innerText('[data-test=purpose-problem]'), /请选择/);
    await page.click('[data-test=purpose] [value=other]');
    await page.fill('[name=own]', '抽查');
    await page.keyboard.press('Enter');
    assert.match(await page.innerText('[data-test=purpose-problem]'), /至少写 3 个字/);
    await page.fill('[name=own]', '夜间巡更抽查');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-test=purpose]', { state: 'detached' });
    await eventually(() => unitCount(page), 'live units', READY_MS);
    assert.equal(sql(`select note from hutong.audit where action = 'purpose' order by recorded_at desc limit 1`)[0], '夜间巡更抽查');

    assert.match(await page.innerText('[data-test=account]'), /值班长[\s\S]*系统管理员/);
    await page.click('[data-test=account]');
    assert.match(await page.innerText('.account-panel'), /boss[\s\S]*系统管理员[\s\S]*夜间巡更抽查/);
    await page.reload();
    await page.waitForSelector('[data-test=account]');
    await eventually(() => unitCount(page), 'a reload asks nothing again', READY_MS);
    assert.equal(await page.locator('[data-test=purpose]').count(), 0);

    await page.click('[data-test=sign-out]');
    await signInPage(page);
    assert.equal(await page.locator('[data-test=ended]').count(), 0, 'who signs out is not told that it ended');
    assert.equal(await page.evaluate(() => location.hash), '');
    assert.equal(await page.evaluate(async () => (await fetch('/api/estates')).status), 401);
    assert.deepEqual(unexpected(problems, /^HTTP 401|status of 401/), []);
    await page.context().close();
  });

  test('a session that ends shows the sign-in page, and then the place where one was', async () => {
    const { page, problems } = await open({ map: true });
    await signIn(page, 'boss');
    await say(page, 'duty_command');
    await mapIdle(page);
    await eventually(() => unitCount(page), 'live units', READY_MS);
    const [building] = sql(`select id from hutong.building where estate_id = ${estate} and valid_to is null order by id limit 1`);
    await page.evaluate((id) => globalThis.hutong.select(id), Number(building));
    await page.waitForSelector('[data-test=dossier] h2');
    const place = await page.evaluate(() => location.hash);
    sql(`update hutong.session set ended_at = now() where ended_at is null; select pg_notify('hutong_access', '')`);
    await page.waitForSelector('[data-test=ended]');   // by itself: the stream closes, a look-up is refused
    assert.match(await page.innerText('[data-test=ended]'), /登录已到期/);
    assert.equal(await page.locator('[data-test=dossier], .unit').count(), 0, 'nothing of before is left');
    assert.equal(await page.evaluate(() => location.hash), place);
    await signIn(page, 'boss');
    await say(page, 'incident');
    await page.waitForSelector('[data-test=dossier] h2');
    assert.match(await page.evaluate(() => location.hash), new RegExp(`building=${building}$`));
    assert.deepEqual(unexpected(problems, /^HTTP 401|status of 401/), []);
    await page.context().close();
  });

  test('a company sees its own estate: list, tiles, units, dossiers', async () => {
    const { page, problems } = await open({ map: true });
    await signIn(page, 'firm');
    await say(page, 'inspection');
    await mapIdle(page);
    const [name] = sql(`select name from hutong.estate where id = ${estate}`);
    const rows = await listed(page);
    assert.equal(rows.length, 1, rows.join());
    assert.ok(rows[0].startsWith(name), rows[0]);
    const drawn = await page.evaluate(() => globalThis.hutong.map.querySourceFeatures('hutong', { sourceLayer: 'buildings' }).map((one) => one.properties.estate_id));
    assert.ok(drawn.length > 0, 'its buildings are drawn');
    assert.deepEqual([...new Set(drawn.map(Number))], [estate]);
    const units = () => page.evaluate(() => globalThis.hutong.units.map((one) => ({ label: one.label, estate: one.estate_id })));
    await eventually(async () => { publishGuard(); return (await units()).some((one) => one.label.startsWith('东门岗')); }, 'its guard', READY_MS);
    assert.deepEqual([...new Set((await units()).map((one) => one.estate))], [estate], 'and nobody of another estate');
    const [theirs] = sql(`select id from hutong.building where estate_id = ${foreign} and valid_to is null order by id limit 1`);
    assert.deepEqual(unexpected(problems), []);
    await page.evaluate((id) => globalThis.hutong.select(id), Number(theirs));
    await eventually(async () => /没有这栋楼的档案/.test(await page.innerText('[data-test=dossier]')), 'a foreign building is not there', READY_MS);
    assert.deepEqual(unexpected(problems, /dossier$|status of 404/), []);
    await page.context().close();
  });

  test('a planner is told what is not theirs, and nothing is asked for it', async () => {
    const { page, problems, asked } = await open();
    await signIn(page, 'plan');
    assert.match(await page.innerText('[data-test=no-units]'), /您的角色不含实时位置/);
    assert.match(await page.innerText('[data-test=account]'), /plan[\s\S]*规划人员/);
    assert.equal(await page.locator('[data-test=purpose], [data-test=feed], [data-layer=units], [data-test=incidents], [data-layer=incidents]').count(), 0);
    const [building] = sql(`select id from hutong.building where estate_id = ${estate} and valid_to is null order by id limit 1`);
    await page.evaluate((id) => globalThis.hutong.select(id), Number(building));
    await page.waitForSelector('[data-test=dossier] [data-test=withheld]');
    assert.match(await page.innerText('[data-test=dossier]'), /高度[\s\S]*您的角色不含此楼的到访和感知记录/);
    assert.ok(!asked.some((path) => path.startsWith('/api/stream')));
    assert.deepEqual(unexpected(problems), []);
    await page.context().close();
  });

  test('an auditor has no map, and is told where the records are', async () => {
    const { page, problems, asked } = await open({ locale: 'en-GB' });
    await signIn(page, 'audit');
    await eventually(async () => /no map to look at[\s\S]*\/api\/audit/.test(await page.innerText('.card')), 'the words', READY_MS);
    assert.ok(!asked.some((path) => /^\/tiles/.test(path)));
    assert.deepEqual(unexpected(problems), []);
    await page.context().close();
  });

  test('a guard signs in with the code of the shift, typed in any way', async () => {
    const [shift] = sql(SHIFT_OF_GUARD);
    const [code] = /[A-Z2-9]{5}-[A-Z2-9]{5}/.exec(hutong('token', 'add', '--shift', shift));
    const { page, problems } = await open({ width: 390, height: 844 });
    await signInPage(page);
    await page.click('#tab-shift');
    await page.fill('[name=code]', 'AAAAA22222');
    await page.press('[name=code]', 'Enter');
    assert.match(await refusal(page), /班次码不对/);
    await page.fill('[name=code]', code.toLowerCase().replace('-', ' '));
    assert.equal(await page.inputValue('[name=code]'), code);
    await page.press('[name=code]', 'Enter');
    await page.waitForSelector('[data-test=account]');
    await page.click('[data-test=account]');
    assert.match(await page.innerText('.account-panel'), /一线人员/);
    assert.equal((await listed(page)).length, 1);
    assert.deepEqual(unexpected(problems, REFUSED_SIGN_IN), []);
    await page.context().close();
  });

  test('too many failures lock the account, also for the right password, and say for how long', async () => {
    const { page, problems } = await open({ locale: 'en-GB', width: 390, height: 844 });
    await signInPage(page);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the phone');
    for (let i = 0; i < FAILURES; i++) {
      const answer = page.waitForResponse((response) => response.request().method() === 'POST');
      await submit(page, 'locked', WRONG);
      await answer;
      assert.match(await refusal(page), /Name or password is wrong/);
    }
    await submit(page, 'locked', PASSWORD);
    await eventually(async () => /locked\. Try again in 1[45] min/.test(await refusal(page)), 'minutes left', READY_MS);
    assert.deepEqual(unexpected(problems, REFUSED_SIGN_IN), []);
    await page.context().close();
  });

  test('a server that goes away while signing in is said so, and what was typed stays', async () => {
    let away = true;
    const { page } = await open({ before: (p) => p.route('**/api/session', (route) =>
      away && route.request().method() === 'POST' ? route.abort() : route.continue()) });
    await signInPage(page);
    await submit(page, 'plan', PASSWORD);
    assert.match(await refusal(page), /暂时连接不到服务器/);
    assert.equal(await page.inputValue('[name=password]'), PASSWORD);
    away = false;
    await page.click('[data-test=submit]');
    await page.waitForSelector('[data-test=account]');
    await page.context().close();
  });
});
