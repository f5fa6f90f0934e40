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
  const byPrefix = /^(mgmt|zone|facility|subject|kind|phase|legend|measure|answer|device|role|purpose|dossier\.source)\./;   // chosen by a value from the server
  assert.deepEqual(Object.keys(zh).filter((key) => !byPrefix.test(key) && !source.includes(`'${key}'`) && !source.includes(`"${key}"`) && !/^(dossier\.(missing|failed)|signin\.(account|shift))$/.test(key)), []);
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
