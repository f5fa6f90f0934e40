// What every browser test needs: Chromium, a page that keeps a list of everything that went wrong, and patience with
// a deadline. No test here waits for a fixed time.
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const URL_PAGE = process.env.HUTONG_URL?.replace(/\/$/, '');
export const READY_MS = 90_000;   // software rendering on two shared cores

const FLAGS = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-gpu-sandbox',
  '--disable-background-networking'];

/** `map: false` leaves WebGL out: the panels without the map, which software draws slowly. */
export const launch = ({ map = true } = {}) => chromium.launch({ executablePath: process.env.HUTONG_CHROMIUM || '/usr/bin/chromium',
  args: map ? FLAGS : [...FLAGS, '--disable-3d-apis'] });

/** What software draws slowly and no test asks for: motion, blurred panels, four samples a pixel, half of the pixels each way. */
async function sparing(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-reduced-motion', value: 'reduce' },
    { name: 'prefers-reduced-transparency', value: 'reduce' }] });
  await page.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, options) { return getContext.call(this, kind, { ...options, antialias: false }); };
  });
}

/** Opens the page; `problems` collects console errors, failed and foreign requests as readable lines. `fine`: for pictures. */
export async function openPage(browser, { hash = '', width = 1600, height = 900, locale = 'zh-CN', fine = false, before } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, locale, deviceScaleFactor: fine ? 1 : 0.5 });
  const problems = [];
  if (!fine) await sparing(page);
  page.setDefaultTimeout(READY_MS);   // a map drawn by software leaves little for the rest of the page
  watch(page, problems);
  await before?.(page);
  await page.goto(`${URL_PAGE}/${hash}`);
  return { page, problems };
}

function watch(page, problems) {
  const origin = new URL(URL_PAGE).origin;
  page.on('console', (message) => { if (message.type() === 'error') problems.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(blob|data):/.test(request.url())) problems.push(`foreign: ${request.url()}`);
  });
  page.on('response', (response) => { if (response.status() >= 400) problems.push(`HTTP ${response.status()}: ${response.url()}`); });
  page.on('requestfailed', (request) => {
    // Cancelled on purpose: a tile that left the view before it came, the stream or the look-up of the session of a page that was reloaded.
    const cancelled = request.failure()?.errorText === 'net::ERR_ABORTED' && /\/tiles\/|\/api\/stream|\/api\/session$/.test(request.url());
    if (!cancelled) problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
}

/** The map has drawn all there is to draw for its view, and stands still. */
export async function mapIdle(page, limitMs = READY_MS) {
  await page.waitForFunction(() => {
    const map = globalThis.hutong?.map;
    return map && map.loaded() && map.areTilesLoaded() && !map.isMoving();
  }, null, { timeout: limitMs });
  await page.evaluate(() => new Promise((done) => {
    globalThis.hutong.map.once('idle', done);
    globalThis.hutong.map.triggerRepaint();
  }));
}

/** Polls until `probe` gives something truthy; gives it back, or fails with `what`. */
export async function eventually(probe, what, limitMs = 10_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(50);
  }
}
