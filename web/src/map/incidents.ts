// Open incidents over the map: a mark for each building (or point) with how many there are, in the shape of the worst. Marks
// move to another colour with time alone, so they are drawn anew now and then against the feed's clock.
import { effect, untracked } from '@preact/signals';
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';
import type { Incident } from '../api.ts';
import { SEVERITIES, placesOf, type Place } from '../incident.ts';
import { enumWord, t } from '../i18n.ts';
import { incidents, lang, serverNow, visible } from '../store.ts';
import { INCIDENTS, RISEN_ZOOM, SOURCE } from './style.ts';
import { incidentIcon } from './symbols.ts';

const CLOCK_EVERY_MS = 2_000;
const HEIGHT_M = 9;   // of a building whose tile has not come

const heights = new Map<number, number>();
let shown = '';

export function followIncidents(map: MapLibreMap): void {
  effect(() => { incidents.value; lang.value; visible.value.incidents; untracked(() => draw(map)); });
  setInterval(() => draw(map), CLOCK_EVERY_MS);
  map.on('idle', () => { if (learnHeights(map)) draw(map); });
}

/** Marks stand on the roofs; how high those are only tiles say. True: something was learnt. */
function learnHeights(map: MapLibreMap): boolean {
  const wanted = new Set([...incidents.peek().values()].flatMap(({ building_id }) => building_id != null && !heights.has(building_id) ? [building_id] : []));
  if (wanted.size === 0 || map.getZoom() < RISEN_ZOOM) return false;
  const found = map.querySourceFeatures(SOURCE, { sourceLayer: 'buildings', filter: ['in', ['id'], ['literal', [...wanted]]] });
  for (const { id, properties } of found) if (typeof id === 'number') heights.set(id, Number(properties['height_m'] ?? HEIGHT_M));
  return found.length > 0;
}

function draw(map: MapLibreMap): void {
  if (!visible.peek().incidents) return;
  const features = placesOf(incidents.peek().values(), serverNow()).map(feature);
  const next = JSON.stringify(features);
  if (next === shown) return;
  shown = next;
  map.getSource<GeoJSONSource>(INCIDENTS)?.setData({ type: 'FeatureCollection', features });
}

function feature({ incidents: here, worst, standing }: Place<Incident>) {
  const drill = here.every((incident) => incident.drill), building = worst.building_id ?? null;
  return {
    type: 'Feature' as const,
    geometry: { type: 'Point' as const, coordinates: [worst.lon, worst.lat] },
    properties: {
      building, count: String(here.length), standing, icon: incidentIcon(worst.severity, standing, drill),
      rank: SEVERITIES.indexOf(worst.severity) + (standing === 'over' ? 10 : 0) - (drill ? 20 : 0),
      text: `${drill ? `${t('incident.drill')} · ` : ''}${enumWord('incident.category', worst.category, 'incident.category.other')}`,
      height: building === null ? 0 : heights.get(building) ?? HEIGHT_M,
    },
  };
}
