// Pictures of the running page for the documentation: docs/img/*.png. Started by run.sh screenshots (make screenshots).
//   screenshots.mjs [FOLDER [NAME...]]      some of them only
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, launch, mapIdle, openPage } from './browser.mjs';

const out = process.argv[2] ?? fileURLToPath(new URL('../../docs/img/', import.meta.url));
const FINE_MS = 300_000;   // every pixel, drawn by software
const browser = await launch();

const shots = [
  { name: 'overview-zh', width: 1920, height: 1080 },
  { name: 'dossier-zh', width: 1920, height: 1080, prepare: openVisitedBuilding },
  { name: 'duties-zh', width: 1920, height: 1080, prepare: openVerdict },
  { name: 'overview-en', width: 1920, height: 1080, prepare: (page) => page.evaluate(() => globalThis.hutong.setLang('en')) },
  { name: 'phone-zh', width: 390, height: 844 },
];

/** A tall building that a guard has just passed, seen from nearby: a picture with heights and records in it. */
async function openVisitedBuilding(page) {
  await eventually(() => page.evaluate(() => {
    const { map, select, units } = globalThis.hutong;
    const drawn = new Map(map.queryRenderedFeatures({ layers: ['buildings-3d'] }).map((f) => [f.id, f]));
    const visited = units.map((unit) => drawn.get(unit.building_id)).filter((f) => f?.properties.levels >= 11);
    if (visited.length === 0) return false;
    const [first] = visited;
    const [lon, lat] = first.geometry.coordinates.flat(first.geometry.type === 'MultiPolygon' ? 2 : 1)[0];
    map.jumpTo({ center: [lon, lat], zoom: 16.9, pitch: 60, bearing: -30 });
    select(first.id);
    return true;
  }), 'a guard at a tall building', 60_000);
  await page.waitForSelector('[data-test=dossier] h2');
}

/** Duties over the map, a building that the demo's past left undecided or missed, and what its verdict rests on. */
async function openVerdict(page) {
  const window = await eventually(() => page.evaluate(async () => {
    for (const verdict of ['unknown', 'missed']) {
      const { windows } = await (await fetch(`/api/windows?verdict=${verdict}&place_kind=building&limit=1`)).json();
      if (windows.length > 0) return windows[0];
    }
    return null;
  }), 'a verdict that is not met', 120_000);
  await page.check('[data-test=duty-switch]');
  await page.evaluate(async (id) => {
    const { map, select } = globalThis.hutong, { building } = await (await fetch(`/api/buildings/${id}/dossier`)).json();
    map.jumpTo({ center: [building.lon, building.lat], zoom: 16.4, pitch: 55, bearing: -24 });
    select(id);
  }, window.place_id);
  // What was missed rests on nothing that could be listed: then the verdict of another window is opened.
  await page.locator(`.duty-ticks .is-${window.state === 'missed' ? 'met' : window.state}`).last().click();
  await page.waitForSelector('[data-test=proof] li');
  await page.locator('[data-test=duties]').scrollIntoViewIfNeeded();
}

const wanted = process.argv.slice(3);
await mkdir(out, { recursive: true });
for (const { name, width, height, prepare } of shots.filter((shot) => wanted.length === 0 || wanted.includes(shot.name))) {
  const { page, problems } = await openPage(browser, { width, height, fine: true });
  await mapIdle(page, FINE_MS);
  await eventually(() => page.evaluate(() => globalThis.hutong.units.length > 0), 'units on the map', 30_000);
  await prepare?.(page);
  await mapIdle(page, FINE_MS);
  await page.screenshot({ path: path.join(out, `${name}.png`) });
  console.log(`${name}.png ${width}x${height}${problems.length ? ` PROBLEMS ${problems.join('; ')}` : ''}`);
  await page.close();
}
await browser.close();
