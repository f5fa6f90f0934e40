// The styles for other programs, in a page that is not ours: nothing but MapLibre and /styles/NAME.json. The page is
// made up here, on the server's origin, because no page of another one may read the server's answers.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { URL_PAGE, READY_MS, launch, openPage } from './browser.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const MAPLIBRE = path.join(path.dirname(require.resolve('maplibre-gl/package.json')), 'dist', 'maplibre-gl.mjs');

const html = (name, zoom) => `<!doctype html><meta charset="utf-8"><title>elsewhere</title>
<style>html, body, #map { height: 100%; margin: 0 }</style><div id="map"></div><script type="module">
import { Map, setWorkerUrl } from './maplibre-gl.mjs';
setWorkerUrl('/map-worker.js');
const { center } = await (await fetch('/tiles/estates.json')).json();
globalThis.problems = [];
globalThis.map = new Map({ container: 'map', style: '/styles/${name}.json', center: center.slice(0, 2), zoom: ${zoom}, pitch: 45 });
map.on('error', (event) => problems.push(String(event.error)));
map.once('idle', () => { globalThis.still = true; });
</script>`;

/** A page with the style on it, drawn to the end. */
function openStyle(browser, name, zoom = 16.2) {
  return openPage(browser, { hash: 'elsewhere/', fine: !!process.env.HUTONG_PICTURES, before: async (page) => {
    await page.route('**/elsewhere/', (route) => route.fulfill({ contentType: 'text/html', body: html(name, zoom) }));
    await page.route('**/elsewhere/maplibre-gl.mjs', (route) => route.fulfill({ path: MAPLIBRE, contentType: 'text/javascript' }));
  } });
}

describe('the styles for other programs', { timeout: 300_000 }, () => {
  let browser;
  before(async () => { browser = await launch(); });
  after(() => browser?.close());

  for (const name of ['dark', 'light']) {
    test(`${name}: drawn whole, without a complaint`, async () => {
      const { page, problems } = await openStyle(browser, name);
      await page.waitForFunction(() => globalThis.still, null, { timeout: READY_MS });
      if (process.env.HUTONG_PICTURES) await page.screenshot({ path: `${process.env.HUTONG_PICTURES}/style-${name}.png` });
      const seen = await page.evaluate(() => {
        const map = globalThis.map;
        const drawn = [...new Set(map.queryRenderedFeatures().map((feature) => feature.layer.id))];
        return { drawn, bounds: map.getSource('hutong').bounds, problems: globalThis.problems, name: map.getStyle().name };
      });
      assert.deepEqual([...seen.problems, ...problems], []);
      assert.equal(seen.name, `Hutong ${name}`);
      const { bounds } = await (await fetch(`${URL_PAGE}/tiles/estates.json`)).json();
      assert.deepEqual(seen.bounds, bounds, 'TileJSON says where there is something');
      for (const layer of ['buildings-3d', 'road', 'estate-edge', 'estate-labels', 'road-labels', 'facilities', 'checkpoints']) {
        assert.ok(seen.drawn.includes(layer), `${layer} is not among ${seen.drawn}`);
      }
      await page.close();
    });
  }
});
