// Pictures of the running page for the documentation: docs/img/*.png. Started by run.sh screenshots (make screenshots).
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, launch, mapIdle, openPage } from './browser.mjs';

const out = process.argv[2] ?? fileURLToPath(new URL('../../docs/img/', import.meta.url));
const browser = await launch();

const shots = [
  { name: 'overview-zh', width: 1920, height: 1080 },
  { name: 'dossier-zh', width: 1920, height: 1080, prepare: openTallBuilding },
  { name: 'overview-en', width: 1920, height: 1080, prepare: (page) => page.evaluate(() => globalThis.hutong.setLang('en')) },
  { name: 'phone-zh', width: 390, height: 844 },
];

/** The tallest building in view, seen from nearby: a picture with heights in it. */
async function openTallBuilding(page) {
  await page.evaluate(() => {
    const { map, select } = globalThis.hutong;
    const drawn = map.queryRenderedFeatures({ layers: ['buildings-3d'] });
    const tallest = drawn.reduce((a, b) => (b.properties.height_m > a.properties.height_m ? b : a));
    const [lon, lat] = tallest.geometry.coordinates.flat(tallest.geometry.type === 'MultiPolygon' ? 2 : 1)[0];
    map.jumpTo({ center: [lon, lat], zoom: 16.9, pitch: 60, bearing: -30 });
    select(tallest.id);
  });
  await page.waitForSelector('[data-test=dossier] h2');
}

await mkdir(out, { recursive: true });
for (const { name, width, height, prepare } of shots) {
  const { page, problems } = await openPage(browser, { width, height });
  await mapIdle(page);
  await eventually(() => page.evaluate(() => globalThis.hutong.units.length > 0), 'units on the map', 30_000);
  await prepare?.(page);
  await mapIdle(page);
  await page.screenshot({ path: path.join(out, `${name}.png`) });
  console.log(`${name}.png ${width}x${height}${problems.length ? ` PROBLEMS ${problems.join('; ')}` : ''}`);
  await page.close();
}
await browser.close();
