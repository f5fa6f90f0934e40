// The duties' overlay: buildings by the time since the last pass against what they owe, zones by what became of them, cameras
// and bins. Colours come by feature-state; hatching, marks and texts come by filters, because no pattern and no text can follow
// feature-state. Everything is computed from absolute times against the feed's clock.
import { effect, untracked } from '@preact/signals';
import type { ExpressionSpecification as Expression, GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';
import { STATES, deviceLevel, dutyLevel, lateSince, zoneState, type DutyLevel } from '../due.ts';
import { localTime, number, t } from '../i18n.ts';
import { buildingNews, buildingStates, dutyCounts, dutyDevices, lang, serverNow, timeZone, visible, zoneStates } from '../store.ts';
import type { Key } from '../words.ts';
import { BUILDINGS_2D, BUILDINGS_3D, DUTY_BLIND, DUTY_DEVICES, DUTY_LATE, DUTY_LEVELS, DUTY_ZONES, SOURCE, buildingPaint, oneOf } from './style.ts';

const CLOCK_EVERY_MS = 5_000;    // levels move with time alone
const LABELS_MAX = 400;          // late buildings with a time of their own at the mark; of more it only says that they are late

/** What is drawn of each building now. */
const shown = new Map<number, DutyLevel>();
let late = '', blind = '', zoneText = '';

/** What is drawn is computed untracked: the feed's clock moves with every message, and is no reason to lay out the map anew. */
export function followDuties(map: MapLibreMap): void {
  const when = (run: () => void) => { if (visible.value.duties) untracked(run); };
  effect(() => paint(map, visible.value.duties));
  effect(() => {
    const { ids } = buildingNews.value;
    when(() => look(map, ids ?? everything()));
  });
  effect(() => { lang.value; timeZone.value; when(() => { late = zoneText = ''; marks(map); zones(map); }); });
  effect(() => { zoneStates.value; when(() => zones(map)); });
  effect(() => { dutyDevices.value; lang.value; when(() => devices(map)); });
  setInterval(() => { if (visible.peek().duties) look(map, everything()); }, CLOCK_EVERY_MS);
}

const everything = () => new Set([...shown.keys(), ...buildingStates.keys()]);

/** Heights give way to duties while those are shown. */
function paint(map: MapLibreMap, on: boolean): void {
  map.setPaintProperty(BUILDINGS_2D, 'fill-color', buildingPaint(on));
  map.setPaintProperty(BUILDINGS_3D, 'fill-extrusion-color', buildingPaint(on));
}

function look(map: MapLibreMap, ids: Iterable<number>): void {
  const now = serverNow();
  for (const id of ids) {
    const level = dutyLevel(buildingStates.get(id), now);
    if (level === (shown.get(id) ?? 'none')) continue;
    map.setFeatureState({ source: SOURCE, sourceLayer: 'buildings', id }, { duty: DUTY_LEVELS.indexOf(level) });
    if (level === 'none') shown.delete(id);
    else shown.set(id, level);
  }
  count();
  marks(map);
}

function count(): void {
  const counts = { none: 0, fresh: 0, soon: 0, late: 0 };
  for (const level of shown.values()) counts[level]++;
  const known = dutyCounts.peek();
  if (counts.fresh !== known.fresh || counts.soon !== known.soon || counts.late !== known.late) dutyCounts.value = counts;
}

/** Filters and texts are set only when they differ: each lays out its layers anew. */
function marks(map: MapLibreMap): void {
  const now = serverNow();
  const lates = [...shown].filter(([, level]) => level === 'late').map(([id]) => id).sort((a, b) => a - b);
  const blinds = [...buildingStates.values()].filter((state) => state.blind === true).map(({ id }) => id).sort((a, b) => a - b);
  const texts = lates.length > LABELS_MAX ? [] : lates.map((id) => [id, t('duty.late.since', { time: minute(lateSince(buildingStates.get(id), now), now) })] as const);
  const nextLate = JSON.stringify([lates, texts]), nextBlind = blinds.join();
  if (nextLate !== late) {
    late = nextLate;
    for (const layer of DUTY_LATE) map.setFilter(layer, oneOf(lates));
    map.setLayoutProperty('duty-late-mark', 'text-field', textOf(texts, t('duty.level.late')));
  }
  if (nextBlind !== blind) {
    blind = nextBlind;
    for (const layer of DUTY_BLIND) map.setFilter(layer, oneOf(blinds));
  }
}

/** The time of day; with the day when that is another one. */
function minute(ms: number, now: number): string {
  const hour = localTime(ms, { hour: '2-digit', minute: '2-digit' });
  const day = (at: number) => localTime(at, { month: '2-digit', day: '2-digit' });
  return day(ms) === day(now) ? hour : `${day(ms)} ${hour}`;
}

const textOf = (texts: readonly (readonly [number, string])[], other: string): Expression | string =>
  texts.length === 0 ? other : ['match', ['id'], ...texts.flat(), other] as unknown as Expression;

// --- zones ---

function zones(map: MapLibreMap): void {
  const known = [...zoneStates.value.values()].filter((zone) => zone.due_at || zone.verdict || zone.swept != null).sort((a, b) => a.id - b.id);
  const texts = known.map((zone) => [zone.id, zoneWords(zone)] as const);
  const groups = STATES.map((state) => known.filter((zone) => zoneState(zone) === state).map(({ id }) => id));
  const next = JSON.stringify([texts, groups]);
  if (next === zoneText) return;
  zoneText = next;
  for (const [i, ids] of groups.entries()) for (const id of ids) map.setFeatureState({ source: SOURCE, sourceLayer: 'zones', id }, { duty: i + 1 });
  for (const layer of DUTY_ZONES) map.setFilter(layer, oneOf(known.map(({ id }) => id)));
  map.setFilter('duty-zone-missed', oneOf(groups[STATES.indexOf('missed')]!));
  map.setFilter('duty-zone-unknown', oneOf(groups[STATES.indexOf('unknown')]!));
  map.setLayoutProperty('duty-zone-label', 'text-field', textOf(texts, ''));
}

function zoneWords(zone: Parameters<typeof zoneState>[0]): string {
  const state = zoneState(zone);
  const share = zone.swept == null ? '' : t('duty.swept', { n: Math.floor(zone.swept * 100) });   // 99.6 is not all of it
  return [state === 'open' || (state === 'met' && share) ? '' : t(`duty.state.${state}` as Key), share].filter(Boolean).join('\n');
}

// --- cameras and bins ---

function devices(map: MapLibreMap): void {
  const features = [...dutyDevices.value.values()].map((device) => {
    const camera = device.uptime != null;
    return {
      type: 'Feature' as const,
      geometry: { type: 'Point' as const, coordinates: [device.lon, device.lat] },
      properties: {
        level: DUTY_LEVELS.indexOf(deviceLevel(device)), icon: camera ? 'icon-camera' : 'icon-bin',
        text: camera ? t('duty.online', { n: number(Math.floor(device.uptime! * 1000) / 10, 1) })
          : device.overflow_s ? t('duty.overflow', { n: Math.ceil(device.overflow_s / 60) }) : '',
      },
    };
  });
  map.getSource<GeoJSONSource>(DUTY_DEVICES)?.setData({ type: 'FeatureCollection', features });
}
