// Pure parts of the page, without a browser: the dictionary and the address bar.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const web = new URL('../../web/', import.meta.url);
const { transform } = createRequire(new URL('package.json', web))('esbuild');

async function load(file) {
  const { code } = await transform(await readFile(new URL(`src/${file}`, web), 'utf8'), { loader: 'ts' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

test('both languages have the same words with the same holes, none empty', async () => {
  const { zh } = await load('words/zh.ts'), { en } = await load('words/en.ts');
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const key of Object.keys(zh)) {
    assert.deepEqual(holes(zh[key]), holes(en[key]), key);
    assert.ok(zh[key].trim() && en[key].trim(), `${key} is empty`);
  }
});

test('no word on the Chinese side is plain English', async () => {
  const { zh } = await load('words/zh.ts');
  const allowed = new Set(['lang.other', 'list.estates.cmd', 'empty.buildings.cmd', 'signin.forgotten.cmd', 'open.cmd']);
  const foreign = Object.entries(zh).filter(([key, text]) => !allowed.has(key) && !/\p{Script=Han}/u.test(text));
  assert.deepEqual(foreign, []);
});

test('every word is used somewhere', async () => {
  const { zh } = await load('words/zh.ts');
  const files = (await readdir(new URL('src/', web), { recursive: true }).catch(() => [])).filter((name) => /\.tsx?$/.test(name) && !/^words\b/.test(name));
  if (files.length < 5) return;   // Node 18.0-18.16 cannot list recursively; newer ones check
  const source = (await Promise.all(files.map((name) => readFile(new URL(`src/${name}`, web), 'utf8')))).join('\n');
  const byPrefix = /^(mgmt|zone|facility|subject|kind|phase|legend|measure|answer|device|role|purpose|dossier\.source|duty\.(state|reason|what|scope|cause|proof|place)|incident\.(state|severity|level|category)|task\.(step|stage|reason|photo|trouble))\./;   // chosen by a value from the server
  assert.deepEqual(Object.keys(zh).filter((key) => !byPrefix.test(key) && !source.includes(`'${key}'`) && !source.includes(`"${key}"`) && !/^(dossier\.(missing|failed)|signin\.(account|shift))$/.test(key)), []);
});

// --- what the server can send, gathered from where it is made ---

const data = new URL('../../data/', import.meta.url);
const sources = async (folder, wanted) => Promise.all((await readdir(new URL(folder, data))).filter((name) => wanted.test(name)).sort()
  .map(async (name) => ({ name, text: (await readFile(new URL(folder + name, data), 'utf8')).replace(/--.*$/gm, '') })));
const texts = (sql, before = /(?:then|else)/) => [...sql.matchAll(new RegExp(`${before.source} '(\\w+)'`, 'g'))].map(([, text]) => text);
const part = ({ name, text }, from, to) => {
  const at = text.indexOf(from), end = text.indexOf(to, at);
  assert.ok(at >= 0 && end > at, `${name} has no part from "${from}" to "${to}": gather its codes in another way`);
  return text.slice(at, end);
};

/** The words of an enumeration or of a column's check, over all migrations. */
async function oneOf(pattern) {
  const schema = (await sources('schema/', /\.sql$/)).map(({ text }) => text).join('\n');
  const found = [...schema.matchAll(pattern)].flatMap(([, list]) => list.match(/\w+/g));
  assert.ok(found.length > 0, `nothing in data/schema is like ${pattern}`);
  return [...new Set(found)];   // a type that was made anew has its words twice
}
const enumeration = (name) => oneOf(new RegExp(`(?:create type ${name} as enum \\(|alter type ${name} add value (?:if not exists )?)([^;)]+)`, 'g'));
const checked = (column) => oneOf(new RegExp(`check \\(${column} in \\(([^)]+)\\)`, 'g'));

/** Doubts come from the last statement of each proof, those of check-ins from judge_visit.sql, the rest from judge_verdict.sql. */
async function reasons() {
  const judge = await sources('query/', /^judge_.*\.sql$/), one = (name) => judge.find((file) => file.name === `judge_${name}.sql`);
  const proofs = judge.filter(({ text }) => text.includes('insert into judged'));
  assert.equal(proofs.length, (await enumeration('duty_proof')).length, 'a file for each proof');
  const doubts = proofs.flatMap(({ text }) => texts(text.slice(text.lastIndexOf('insert into judged')), /then/)).filter((code) => code !== 'doubtful_');
  const ofCheckins = texts(part(one('visit'), 'doubted as', 'as doubt'), /then/).map((doubt) => `doubtful_${doubt}`);
  const own = part(one('verdict'), 'as verdict,', 'as reason');
  return new Set([...doubts, ...ofCheckins, ...texts(own), ...texts(own, /doubt,/)]);
}

async function evidence() {
  const judge = await sources('query/', /^judge_.*\.sql$/);
  return new Set(judge.flatMap(({ text }) => [...text.matchAll(/\('(\w+)', [^()]*\)::evidence/g)].map(([, what]) => what)));
}

test('every code that a verdict, its evidence or an outage can carry has words', async () => {
  const { zh } = await load('words/zh.ts');
  const sent = { 'duty.reason': await reasons(), 'duty.what': await evidence(), 'duty.state': [...await enumeration('verdict_kind'), 'open', 'pending'],
    'duty.proof': await enumeration('duty_proof'), 'duty.place': await enumeration('duty_subject'), 'duty.scope': await checked('scope'),
    'duty.cause': await checked('cause'), subject: await enumeration('subject_type'), kind: await enumeration('event_kind'), role: await enumeration('access_role') };
  for (const [prefix, codes] of Object.entries(sent)) {
    assert.deepEqual([...codes].filter((code) => !(`${prefix}.${code}` in zh)), [], `${prefix}: no words`);
  }
  // The gathering itself: one code of each source that is known to be there.
  for (const code of ['proven', 'no_evidence', 'waived', 'blind', 'tracker_off', 'source_away', 'silent', 'no_points', 'nothing_passable', 'doubtful_far']) {
    assert.ok(sent['duty.reason'].has(code), code);
  }
  assert.deepEqual([...sent['duty.what']].sort(), ['coverage', 'event', 'outage', 'pass', 'waiver']);
  const known = Object.keys(zh).filter((key) => key.startsWith('duty.reason.')).map((key) => key.split('.'));
  const dead = known.filter(([, , code, proof]) => (code !== 'other' && !sent['duty.reason'].has(code)) || (proof && !sent['duty.proof'].includes(proof)));
  assert.deepEqual(dead, [], 'words for what nobody sends');
});

/** First values of the rows that migrations insert into a table: its codes, if those come first; else `column` says which. */
async function codes(table, column = 0) {
  const schema = (await sources('schema/', /\.sql$/)).map(({ text }) => text).join('\n');
  const inserts = [...schema.matchAll(new RegExp(`insert into ${table} \\([^)]*\\)\\s*values([^;]*);`, 'g'))].map(([, rows]) => rows);
  assert.ok(inserts.length > 0, `no migration fills ${table}`);
  return inserts.flatMap((rows) => [...rows.matchAll(/\(((?:'(?:[^']|'')*'|[^()'])*)\)/g)])
    .map(([, row]) => row.match(/'(?:[^']|'')*'|[^,\s]+/g)[column].replaceAll("'", ''));
}

test('every code that an incident can carry has words, and no word is of a code that there is not', async () => {
  const { zh } = await load('words/zh.ts'), { LEVELS, SEVERITIES } = await load('incident.ts');
  const sent = { state: await enumeration('incident_state'), severity: await enumeration('incident_severity'), level: await codes('incident_level', 1),
    category: await codes('incident_category') };
  for (const [part, list] of Object.entries(sent)) {
    const known = Object.keys(zh).filter((key) => key.startsWith(`incident.${part}.`)).map((key) => key.split('.')[2]).filter((code) => code !== 'other');
    assert.deepEqual(known.sort(), list.filter((code) => code !== 'other').sort(), `incident.${part}`);
  }
  assert.ok(sent.state.includes('on_site') && sent.category.includes('gas_leak'), 'the gathering itself');
  assert.deepEqual(SEVERITIES, sent.severity, 'from the least to the worst, as the schema has them');
  assert.deepEqual(LEVELS, sent.level, 'by rank');
});

test('the address bar survives a round trip and refuses nonsense', async () => {
  const { formatHash, parseHash } = await load('hash.ts');
  const view = { zoom: 16.2, lat: 31.1, lon: 121.4, bearing: -18, pitch: 55 };
  assert.equal(formatHash(view, 12), '#16.2/31.1/121.4/-18/55&building=12');
  assert.deepEqual(parseHash(formatHash(view, 12)), { view, building: 12 });
  assert.deepEqual(parseHash('#16/31.1/121.4').view, { zoom: 16, lat: 31.1, lon: 121.4, bearing: 0, pitch: 0 });
  for (const bad of ['', '#', '#a/b/c', '#16/95/121', '#16/31', '#building=x', '#&building=-1']) {
    assert.deepEqual(parseHash(bad), { view: null, building: null }, bad);
  }
  assert.deepEqual(parseHash('#&building=7'), { view: null, building: 7 });
});

// --- duties against the clock (src/due.ts) ---

const at = (time) => Date.parse(`2026-03-01T${time}Z`);
const iso = (time) => `2026-03-01T${time}Z`;

test('a building is on time, due soon in the last quarter, overdue from the very moment', async () => {
  const { dutyLevel, lateSince } = await load('due.ts');
  const every2h = { duty_every_s: 7200, breach_at: iso('04:00:00') };   // passed at 02:00
  for (const [time, level] of [['02:00:00', 'fresh'], ['03:29:59', 'fresh'], ['03:30:00', 'soon'], ['03:59:59', 'soon'], ['04:00:00', 'late'], ['09:00:00', 'late']]) {
    assert.equal(dutyLevel(every2h, at(time)), level, time);
  }
  assert.equal(dutyLevel({ duty_every_s: 86400, breach_at: iso('23:00:00') }, at('22:29:00')), 'fresh', 'half an hour at most');
  assert.equal(dutyLevel({ breach_at: iso('04:00:00') }, at('03:50:00')), 'soon', 'without an interval');
  assert.equal(dutyLevel({ breach_at: iso('06:00:00'), breached_at: iso('04:00:00') }, at('04:10:00')), 'late', 'the judge has said so');
  assert.equal(lateSince({ breach_at: iso('06:00:00'), breached_at: iso('04:00:00') }, at('04:10:00')), at('04:00:00'));
  assert.equal(dutyLevel({}, at('04:00:00')), 'none');
  assert.equal(dutyLevel(undefined, at('04:00:00')), 'none');
  assert.ok(Number.isNaN(lateSince(every2h, at('03:59:59'))));
});

test('a zone keeps its trouble while the next window is open; a camera and a bin have their limits', async () => {
  const { deviceLevel, zoneState } = await load('due.ts');
  const rows = [[{}, 'pending'], [{ swept: 0, swept_from: iso('04:00:00') }, 'open'], [{ verdict: 'met', verdict_at: iso('04:00:00') }, 'met'],
    [{ verdict: 'met', verdict_at: iso('04:00:00'), swept: 0.2, swept_from: iso('04:00:00') }, 'open'],
    [{ verdict: 'met', verdict_at: iso('04:00:00'), swept: 0.98, swept_from: iso('02:00:00') }, 'met'],
    [{ verdict: 'missed', verdict_at: iso('04:00:00'), swept: 0.2, swept_from: iso('04:00:00') }, 'missed'],
    [{ verdict: 'unknown', verdict_at: iso('04:00:00') }, 'unknown'], [{ verdict: 'waived', verdict_at: iso('04:00:00') }, 'waived']];
  for (const [state, expected] of rows) assert.equal(zoneState(state), expected, JSON.stringify(state));
  for (const [device, expected] of [[{ uptime: 0.95 }, 'fresh'], [{ uptime: 0.9499 }, 'soon'], [{ uptime: 0.79 }, 'late'], [{ uptime: 0.99, verdict: 'missed' }, 'late'],
    [{ overflow_s: 0 }, 'fresh'], [{ overflow_s: 60 }, 'soon'], [{ overflow_s: 60, verdict: 'missed' }, 'late']]) {
    assert.equal(deviceLevel(device), expected, JSON.stringify(device));
  }
});

test('a rate has its denominator, and is none without one', async () => {
  const { rate } = await load('due.ts');
  const counts = { due: 46, met: 40, missed: 3, unknown: 2, waived: 1, pending: 5, open: 2 };
  assert.deepEqual(rate(counts), { value: 40 / 43, of: 43 });
  assert.deepEqual(rate(counts, true), { value: 41 / 44, of: 44 });
  assert.deepEqual(rate({ ...counts, met: 0, missed: 0 }), { value: null, of: 0 });
});

test('today and tonight are of the place, whatever the clocks do', async () => {
  const { isNow, spanOf } = await load('due.ts');
  const read = (span) => [span.from, span.to].map((ms) => new Date(ms).toISOString().slice(0, 16));
  assert.deepEqual(read(spanOf('day', at('17:00:00'), 'Asia/Shanghai')), ['2026-03-01T16:00', '2026-03-02T16:00']);
  assert.deepEqual(read(spanOf('night', at('17:00:00'), 'Asia/Shanghai')), ['2026-03-01T12:00', '2026-03-02T00:00'], 'at one it is still on');
  assert.ok(isNow(spanOf('night', at('17:00:00'), 'Asia/Shanghai'), at('17:00:00')));
  assert.deepEqual(read(spanOf('night', at('04:00:00'), 'Asia/Shanghai')), ['2026-02-28T12:00', '2026-03-01T00:00'], 'at noon it is the last one');
  assert.ok(!isNow(spanOf('night', at('04:00:00'), 'Asia/Shanghai'), at('04:00:00')));
  assert.deepEqual(read(spanOf('day', Date.parse('2026-03-29T12:00Z'), 'Europe/Berlin')), ['2026-03-28T23:00', '2026-03-29T22:00'], '23 hours');
  assert.deepEqual(read(spanOf('day', Date.parse('2026-10-25T12:00Z'), 'Europe/Berlin')), ['2026-10-24T22:00', '2026-10-25T23:00'], '25 hours');
  assert.deepEqual(read(spanOf('day', at('17:00:00'), 'Nowhere/Land')), ['2026-03-01T16:00', '2026-03-02T16:00'], 'as in China');
});

// --- incidents against the clock (src/incident.ts) ---

test('an incident is over time from the very moment, and soon in the last quarter of what it was given', async () => {
  const { leftOf, split, standingOf } = await load('incident.ts');
  const incident = { reported_at: iso('04:00:00'), breach_at: iso('04:40:00') };
  for (const [time, standing] of [['04:00:00', 'running'], ['04:29:59', 'running'], ['04:30:00', 'soon'], ['04:39:59', 'soon'], ['04:40:00', 'over'], ['05:00:00', 'over']]) {
    assert.equal(standingOf(incident, at(time)), standing, time);
  }
  assert.equal(standingOf({ reported_at: iso('00:00:00'), breach_at: iso('23:00:00') }, at('22:20:00')), 'running', 'half an hour at most');
  assert.equal(standingOf({ reported_at: iso('04:00:00') }, at('09:00:00')), 'still', 'no clock runs');
  assert.deepEqual(split(leftOf(incident, at('04:30:55'))), { days: 0, hours: 0, minutes: 9, seconds: 5 });
  assert.deepEqual(split(1), { days: 0, hours: 0, minutes: 0, seconds: 1 }, 'there is time until there is none');
  assert.deepEqual(split(0), { days: 0, hours: 0, minutes: 0, seconds: 0 });
  assert.deepEqual(split(-(26 * 3600 + 61) * 1000 - 900), { days: 1, hours: 2, minutes: 1, seconds: 1 });
});

test('incidents are listed by the time that is left; a place shows the worst of its own, drills behind what is real', async () => {
  const { byBreach, placesOf } = await load('incident.ts');
  const one = (id, severity, breach, more = {}) => ({ id, severity, breach_at: breach && iso(breach), reported_at: iso('04:00:00'), drill: false, building_id: 7, lon: 121.4, lat: 31.2, ...more });
  const all = [one(1, 'small', null), one(2, 'small', '05:00:00'), one(3, 'special', '04:10:00', { drill: true }), one(4, 'serious', '04:50:00', { building_id: null }),
    one(5, 'complex', '05:00:00'), one(6, 'small', '04:20:00', { building_id: null, lon: 121.5 })];
  assert.deepEqual(byBreach(all).map(({ id }) => id), [3, 6, 4, 5, 2, 1]);
  const places = placesOf(all, at('04:30:00'));
  assert.deepEqual(places.map(({ incidents, worst, standing }) => [incidents.map(({ id }) => id), worst.id, standing]),
    [[[3, 5, 2, 1], 5, 'running'], [[6], 6, 'over'], [[4], 4, 'running']]);
  assert.equal(placesOf([all[2]], at('04:30:00'))[0].standing, 'over', 'a drill alone counts as itself');
});

// --- tasks without a network (src/task/flow.ts) ---

test('the page makes of a step what the server makes of it', async () => {
  const { FLOW, after, may, progress } = await load('task/flow.ts');
  const table = await readFile(new URL('../../docs/incidents.md', import.meta.url), 'utf8');
  const rows = [...table.split('<!-- states of a loop -->')[1].split('<!-- /states of a loop -->')[0].matchAll(/^\| (\w+) \| ([\w, ]+) \| ([\w ]+) \|/gm)].map(([, step, from, to]) => ({ step, from: from.split(', '), to }));
  for (const [step, [from, to]] of Object.entries(FLOW)) {
    const moves = rows.filter((row) => row.step === step);
    assert.deepEqual([...from].sort(), moves.flatMap((row) => row.from).filter((state) => !['reported', 'filed'].includes(state)).sort(), step);
    assert.deepEqual(new Set(moves.map((row) => row.to)), new Set([to === '*' ? 'the state before' : to]), step);
  }
  const paused = after({ state: 'on_site' }, 'pause');
  assert.deepEqual([progress(paused), after(paused, 'resume')], [2, { state: 'on_site' }]);
  assert.deepEqual([may(paused, 'resolve'), may({ state: 'on_site' }, 'resolve'), may({ state: 'filed' }, 'accept')], [false, true, false]);
});
