// Owns the MapLibre map: builds it once, then follows the store (language, layers, selection, 2D/3D, followed unit).
import { effect } from '@preact/signals';
import { Map as MapLibreMap, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import type { LngLatBoundsLike, MapMouseEvent, PaddingOptions } from 'maplibre-gl';
import { LAYERS, type Estate, type TileJson } from '../api.ts';
import { formatHash, parseHash, type View } from '../hash.ts';
import { t } from '../i18n.ts';
import { checkSession } from '../session.ts';
import { camera, estates, followedUnit, hasBuildings, lang, legendOpen, link, onDuty, selectedBuilding, threeD, tick, tileNews,
  tilesFailing, visible,
  type LayerGroup } from '../store.ts';
import type { Lang } from '../words.ts';
import { followDuties } from './duties.ts';
import { followIncidents } from './incidents.ts';
import { followStates } from './states.ts';
import { BUILDINGS_2D, BUILDINGS_3D, BUILDING_LABELS, DUTY_BLIND, DUTY_LATE, INCIDENT_LABELS, INCIDENT_MARKS, RISEN_ZOOM, RISING_ZOOM, SOURCE, buildStyle, labelField,
  type FontFaces } from './style.ts';
import { addSymbols } from './symbols.ts';
import { UnitLayer } from './units.ts';

const PITCH = 55;
const BEARING = -18;
const CLOSE_ZOOM = 17;
const TILT_GAIN = 0.22;
const TILT_GAIN_NARROW = 0.6;
const NEIGHBOUR_DEG = 0.25;  // about 25 km: one district
const WIDEST_DEG = 3;
const NARROW_PX = 760;    // the same width as in app.css

const remPixels = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

let map: MapLibreMap | null = null;
let unitLayer: UnitLayer | null = null;
let hovered: number | null = null;
let marked: number | null = null;

export const currentMap = () => map;

/** Kept on the map for good: the part of the window panels do not cover is what "centre" means everywhere. */
function padding(): PaddingOptions {
  const rem = remPixels();
  if (innerWidth < NARROW_PX) return { top: 5 * rem, bottom: 9 * rem, left: rem, right: rem };
  return { top: 4 * rem, bottom: 2 * rem, left: 19 * rem, right: (legendOpen.peek() ? 20 : 3) * rem };
}

export function createMap(container: HTMLElement, tiles: TileJson, fonts: FontFaces): MapLibreMap {
  setWorkerUrl(new URL('map-worker.js', document.baseURI).href);
  const start = parseHash(location.hash);
  const rem = remPixels();
  map = new MapLibreMap({
    container,
    style: buildStyle(tiles, fonts, lang.peek(), Math.max(1, rem / 15.6)),
    attributionControl: false,
    maxPitch: 72,
    minZoom: 3,
    maxZoom: 20,
    localIdeographFontFamily: false,   // the style's own fonts draw Chinese, so every machine shows the same
    canvasContextAttributes: { antialias: true },
    locale: { 'Map.Title': t('map.label') },
    ...firstCamera(start.view, tiles),
  });
  map.addControl(new ScaleControl({ maxWidth: 7 * rem, unit: 'metric' }), 'bottom-right');
  map.setPadding(padding());
  map.on('resize', () => map!.setPadding(padding()));
  legendOpen.subscribe(() => map!.setPadding(padding()));
  if (start.view) threeD.value = start.view.pitch > 0;
  else if (!start.building) home(0);
  map.on('style.load', () => addSymbols(map!));
  map.once('style.load', () => follow(map!));
  map.on('error', (event) => {
    if ('sourceId' in event || 'tile' in event) tileFailed(event.error);
    else console.error(event.error);
  });
  map.on('sourcedata', (e) => { if (e.tile) tilesFailing.value = false; });
  map.on('idle', lookForBuildings);
  select(start.building);
  return map;
}

function tileFailed(error: object): void {
  tilesFailing.value = true;
  if ('status' in error && error.status === 401) void checkSession();
}

function firstCamera(view: View | null, tiles: TileJson) {
  if (view) return { center: [view.lon, view.lat] as [number, number], zoom: view.zoom, bearing: view.bearing, pitch: view.pitch };
  const [lon, lat, zoom] = tiles.center ?? [121.47, 31.23, 12];
  return { center: [lon, lat] as [number, number], zoom, bearing: BEARING, pitch: PITCH };
}

/** Everything that keeps the map in step with the store; runs once, when layers exist. */
function follow(m: MapLibreMap): void {
  unitLayer = new UnitLayer(m, (id) => { followedUnit.value = id; });
  effect(() => unitLayer!.update(onDuty.value));
  effect(() => { tick.value; lang.value; unitLayer!.refresh(); });
  effect(() => applyLanguage(m, lang.value));
  effect(() => applyLayers(m, visible.value, threeD.value));
  effect(() => mark(m, selectedBuilding.value));
  effect(() => reread(m));
  effect(() => refresh(m, tileNews.value.layers));
  followStates(m);
  followDuties(m);
  followIncidents(m);
  effect(() => unitLayer!.setFollowed(followedUnit.value));
  effect(() => chase(m));
  effect(() => { selectedBuilding.value; writeHash(m); });
  m.on('moveend', () => writeHash(m));
  m.on('move', () => showCamera(m));
  m.on('mousemove', (e) => hover(m, e));
  m.on('mouseout', () => setHover(m, null));
  m.on('click', (e) => select(buildingAt(m, e)));
  m.on('dragstart', (e) => { if (e.originalEvent) followedUnit.value = null; });
  showCamera(m);
}

function applyLanguage(m: MapLibreMap, language: Lang): void {
  for (const layer of m.getStyle().layers) {
    const lines = (layer.metadata as { label?: 'one' | 'two' } | undefined)?.label;
    if (lines) m.setLayoutProperty(layer.id, 'text-field', labelField(language, lines));
  }
  m.getCanvas().setAttribute('aria-label', t('map.label'));
}

/** Drawn only in one of the dimensions. */
const SOLID = new Set<string>([BUILDINGS_3D, DUTY_LATE[1], DUTY_BLIND[1]]);
const FLAT = new Set<string>([DUTY_LATE[0], DUTY_BLIND[0]]);
const MARKS = [DUTY_LATE[2], DUTY_BLIND[2]];

function applyLayers(m: MapLibreMap, on: Record<LayerGroup, boolean>, solid: boolean): void {
  for (const layer of m.getStyle().layers) {
    const group = (layer.metadata as { group?: LayerGroup } | undefined)?.group;
    if (!group) continue;
    const wrongDimension = FLAT.has(layer.id) ? solid : SOLID.has(layer.id) ? !solid : false;
    const needsBuildings = layer.id === BUILDING_LABELS && !on.buildings;
    m.setLayoutProperty(layer.id, 'visibility', on[group] && !wrongDimension && !needsBuildings ? 'visible' : 'none');
  }
  m.setLayerZoomRange(BUILDINGS_2D, 0, solid ? RISEN_ZOOM : 24);   // risen volumes cover their footprints
  for (const id of [BUILDING_LABELS, ...MARKS]) m.setLayoutProperty(id, 'symbol-height-offset', solid ? ['coalesce', ['get', 'height_m'], 9] : 0);
  for (const id of [INCIDENT_LABELS, INCIDENT_MARKS]) m.setLayoutProperty(id, 'symbol-height-offset', solid ? ['get', 'height'] : 0);
  unitLayer?.setVisible(on.units);
}

let lastContent = '';

/** Fetches the tiles again when there is a reason: an import changed the district, or the server is back after a failure. */
function reread(m: MapLibreMap): void {
  const content = estates.value.map((estate) => `${estate.id}:${estate.buildings ?? 0}`).join();
  const changed = lastContent !== '' && content !== lastContent;
  lastContent = content || '-';
  const recovered = (link.value === 'live' || link.value === 'off') && tilesFailing.peek();
  if (changed || recovered) m.refreshTiles(SOURCE);
}

/** The server says what changed. All tiles in view are asked for again; those that did not change cost a 304. */
function refresh(m: MapLibreMap, layers: readonly string[] | null): void {
  if (!layers || LAYERS.some((layer) => layers.includes(layer))) m.refreshTiles(SOURCE);
}

const feature = (id: number) => ({ source: SOURCE, sourceLayer: 'buildings', id });

function mark(m: MapLibreMap, id: number | null): void {
  if (marked !== null) m.removeFeatureState(feature(marked), 'selected');
  if (id !== null) m.setFeatureState(feature(id), { selected: true });
  marked = id;
}

function setHover(m: MapLibreMap, id: number | null): void {
  if (id === hovered) return;
  if (hovered !== null) m.removeFeatureState(feature(hovered), 'hover');
  if (id !== null) m.setFeatureState(feature(id), { hover: true });
  hovered = id;
  m.getCanvas().style.cursor = id === null ? '' : 'pointer';
}

function hover(m: MapLibreMap, event: MapMouseEvent): void {
  if (!m.isMoving()) setHover(m, buildingAt(m, event));
}

/** An incident's mark stands for the building under it. */
function buildingAt(m: MapLibreMap, event: MapMouseEvent): number | null {
  const marked: unknown = m.queryRenderedFeatures(event.point, { layers: [INCIDENT_MARKS] })[0]?.properties['building'];
  if (typeof marked === 'number') return marked;
  const layers = threeD.peek() && m.getZoom() >= RISING_ZOOM ? [BUILDINGS_3D] : [BUILDINGS_2D];
  const id = m.queryRenderedFeatures(event.point, { layers })[0]?.id;
  return typeof id === 'number' ? id : null;
}

/** Keeps the followed unit in the middle: one gentle move per fix, not a repaint per frame. */
function chase(m: MapLibreMap): void {
  const id = followedUnit.value;
  const unit = id === null ? undefined : onDuty.value.get(id);
  if (!unit) return;
  m.easeTo({ center: [unit.lon, unit.lat], zoom: Math.max(m.getZoom(), 16.2), duration: 1400 });
}

function writeHash(m: MapLibreMap): void {
  const { lng, lat } = m.getCenter();
  const view = { zoom: m.getZoom(), lat, lon: lng, bearing: m.getBearing(), pitch: m.getPitch() };
  history.replaceState(null, '', formatHash(view, selectedBuilding.peek()));
}

function showCamera(m: MapLibreMap): void {
  camera.value = { zoom: m.getZoom(), bearing: m.getBearing(), pitch: m.getPitch() };
}

/** Asked only when the map is idle over what the source covers; an answer once given stays until buildings turn up. */
function lookForBuildings(): void {
  if (!map || hasBuildings.peek() === true) return;
  const counted = estates.peek().some((estate) => (estate.buildings ?? 0) > 0);
  hasBuildings.value = counted || map.querySourceFeatures(SOURCE, { sourceLayer: 'buildings' }).length > 0;
}

export function select(id: number | null): void {
  selectedBuilding.value = id;
}

export function set3d(solid: boolean): void {
  threeD.value = solid;
  map?.easeTo({ pitch: solid ? PITCH : 0, bearing: solid ? map.getBearing() || BEARING : 0, duration: 700 });
}

export const zoomBy = (step: number) => map?.easeTo({ zoom: map.getZoom() + step, duration: 300 });
export const northUp = () => map?.easeTo({ bearing: 0, duration: 500 });
export const tiltBy = (step: number) => map?.easeTo({ pitch: Math.min(72, Math.max(0, map.getPitch() + step)), duration: 300 });

/** The district's estates, else what the tiles cover; a coverage like the whole world says nothing and moves nothing. */
export function home(duration = 1200): void {
  const bounds = district(estates.peek()) ?? coverage;
  if (bounds && bounds[2] - bounds[0] < WIDEST_DEG) fit(bounds, duration);
}

type Box = NonNullable<TileJson['bounds']>;
let coverage: Box | null = null;
export const setCoverage = (bounds: TileJson['bounds']) => { coverage = bounds ?? null; };

/** The box around the estate with the most buildings and its neighbours: one far estate must not shrink all the others. */
function district(all: Estate[]): Box | null {
  const placed = all.filter((estate): estate is Estate & { bbox: Box } => estate.bbox != null && (estate.buildings ?? 1) > 0);
  const [first] = [...placed].sort((a, b) => (b.buildings ?? 0) - (a.buildings ?? 0));
  if (!first) return null;
  const near = placed.map((estate) => estate.bbox)
    .filter((box) => Math.abs(box[0] - first.bbox[0]) < NEIGHBOUR_DEG && Math.abs(box[1] - first.bbox[1]) < NEIGHBOUR_DEG);
  return [Math.min(...near.map((b) => b[0])), Math.min(...near.map((b) => b[1])),
    Math.max(...near.map((b) => b[2])), Math.max(...near.map((b) => b[3]))];
}

function fit(bounds: LngLatBoundsLike, duration: number): void {
  const angles = threeD.peek() ? { pitch: PITCH, bearing: map!.getBearing() || BEARING } : { pitch: 0, bearing: 0 };
  const seen = map!.cameraForBounds(bounds, { ...angles, padding: 24, maxZoom: CLOSE_ZOOM });
  if (!seen) return;
  // A tilted view foreshortens the ground: the box that fits exactly would leave a third of the screen empty.
  const closer = threeD.peek() ? innerWidth < NARROW_PX ? TILT_GAIN_NARROW : TILT_GAIN : 0;
  map!.flyTo({ ...seen, ...angles, zoom: (seen.zoom ?? map!.getZoom()) + closer, duration });
}

export function flyToEstate(estate: Estate): void {
  followedUnit.value = null;
  if (estate.bbox) fit(estate.bbox, 1600);
  else if (estate.lon != null && estate.lat != null) flyTo(estate.lon, estate.lat, 16);
}

export function flyTo(lon: number, lat: number, zoom = CLOSE_ZOOM): void {
  map?.flyTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), zoom), duration: 1200 });
}

/** Moves the map only when the dossier panel (right, or the lower part of a phone) would cover the building. */
export function reveal(lon: number, lat: number): void {
  if (!map) return;
  const { x, y } = map.project([lon, lat]);
  const narrow = innerWidth < NARROW_PX;
  const hidden = narrow ? y > innerHeight * 0.4 : x > innerWidth - 30 * remPixels() || x < 23 * remPixels();
  if (hidden || x < 0 || y < 60 || y > innerHeight - 60) map.easeTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 15.5), duration: 700 });
}

/** Where a unit is drawn at this moment. */
export const unitAt = (id: number) => unitLayer?.at(id) ?? null;
