// Starts the page: asks who is signed in, then what there is; chooses the language, shows the screens, opens the feed.
import { effect, untracked } from '@preact/signals';
import { render } from 'preact';
import 'maplibre-gl/dist/maplibre-gl.css';
import './app.css';
import './access.css';
import './duty.css';
import './incident.css';
import { getEstates, getTileJson, type TileJson } from './api.ts';
import { startFeed } from './feed.ts';
import { chooseLang, setLang } from './i18n.ts';
import { createMap, currentMap, home, select, set3d, setCoverage, unitAt } from './map/view.ts';
import type { FontFaces } from './map/style.ts';
import { isIn, learnSession, may, purposeAsked, purposeMissing, watchSession } from './session.ts';
import { buildingStates, dutyDevices, estates, followedUnit, incidents, serverAway, tick, tileJson, units, visible, webglMissing, zoneStates } from './store.ts';
import { App } from './ui/App.tsx';

const RETRY_MS = 3_000;
const TICK_MS = 500;
const ESTATES_EVERY_MS = 30_000;

const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** The page is useless without the server's word, so it waits for it as long as it takes, and says so. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      serverAway.value = false;
      return answer;
    } catch {
      serverAway.value = true;
      await later(RETRY_MS);
    }
  }
}

const mapData = (): Promise<[TileJson, FontFaces, void]> =>
  Promise.all([getTileJson(), fetch('fonts.json').then((r) => r.json() as Promise<FontFaces>), loadEstates()]);

async function loadEstates(): Promise<void> {
  estates.value = await getEstates();
}

function hasWebGl(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

/** MapLibre resolves nothing relative; and rare characters missing in bold are drawn medium, not in a foreign font. */
function complete(fonts: FontFaces): FontFaces {
  const faces = JSON.parse(JSON.stringify(fonts), (key, value: unknown) =>
    key === 'url' ? new URL(String(value), document.baseURI).href : value) as Record<string, object[]>;
  faces['Hutong Bold']?.push(...faces['Hutong Medium'] ?? []);
  return faces as FontFaces;
}

async function start(): Promise<void> {
  chooseLang(false);
  setInterval(() => { tick.value = Date.now(); }, TICK_MS);
  render(<App />, document.getElementById('app')!);
  webglMissing.value = !hasWebGl();
  await answered(learnSession);
  watchSession();
  const signedInBefore = isIn.peek();
  await signedIn();
  if (signedInBefore) purposeAsked.value = purposeMissing.peek();
  if (may('place')) await startMap(signedInBefore);
}

const signedIn = () => new Promise<void>((done) => {
  const stop = effect(() => { if (isIn.value) untracked(() => { done(); queueMicrotask(() => stop()); }); });
});

async function startMap(chooseByData: boolean): Promise<void> {
  const [tiles, fonts] = await answered(mapData);
  tileJson.value = tiles;
  if (chooseByData) chooseLang(tiles.demo === true);   // who has just signed in has chosen already
  startFeed();
  setInterval(() => { loadEstates().catch(() => undefined); }, ESTATES_EVERY_MS);   // the feed's state shows an absent server
  if (webglMissing.value) return;
  setCoverage(tiles.bounds);
  createMap(document.getElementById('map')!, tiles, complete(fonts));
}

// For the browser tests and for a person at the console: what is shown, and the few actions worth driving.
declare global { interface Window { hutong: unknown } }
window.hutong = {
  get map() { return currentMap(); },
  get units() { return [...units.value.values()]; },
  get buildings() { return [...buildingStates.values()]; },
  get zones() { return [...zoneStates.value.values()]; },
  get incidents() { return [...incidents.value.values()]; },
  get devices() { return [...dutyDevices.value.values()]; },
  showDuties: (on: boolean) => { visible.value = { ...visible.value, duties: on }; },
  unitAt, select, set3d, home, setLang,
  follow: (id: number | null) => { followedUnit.value = id; },
};

void start();
