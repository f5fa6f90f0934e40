// Starts the page: asks the server what there is, chooses the language, shows the screens, opens the feed.
import { render } from 'preact';
import 'maplibre-gl/dist/maplibre-gl.css';
import './app.css';
import { getEstates, getTileJson, type TileJson } from './api.ts';
import { startFeed } from './feed.ts';
import { chooseLang, setLang } from './i18n.ts';
import { createMap, currentMap, home, select, set3d, setCoverage, unitAt } from './map/view.ts';
import type { FontFaces } from './map/style.ts';
import { estates, followedUnit, serverAway, tileJson, units, webglMissing } from './store.ts';
import { App } from './ui/App.tsx';

const RETRY_MS = 3_000;
const ESTATES_EVERY_MS = 30_000;

const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** The page is useless without its map data, so it waits for the server as long as it takes, and says so. */
async function firstAnswer(): Promise<[TileJson, FontFaces]> {
  for (;;) {
    try {
      const [tiles, fonts] = await Promise.all([getTileJson(), fetch('fonts.json').then((r) => r.json() as Promise<FontFaces>), loadEstates()]);
      serverAway.value = false;
      return [tiles, fonts];
    } catch {
      serverAway.value = true;
      await later(RETRY_MS);
    }
  }
}

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
  render(<App />, document.getElementById('app')!);
  webglMissing.value = !hasWebGl();
  const [tiles, fonts] = await firstAnswer();
  tileJson.value = tiles;
  chooseLang(tiles.demo === true);
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
  unitAt, select, set3d, home, setLang,
  follow: (id: number | null) => { followedUnit.value = id; },
};

void start();
