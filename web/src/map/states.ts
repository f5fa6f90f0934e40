// Buildings' state as feature-state: tiles stay as they are, only paint changes. Time alone takes it back.
import { effect } from '@preact/signals';
import type { Map as MapLibreMap } from 'maplibre-gl';
import { ALARM_S, PASSED_S, buildingNews, buildingStates, serverNow } from '../store.ts';
import { LEVEL_ALARM, LEVEL_PASSED, SOURCE } from './style.ts';

const FADE_EVERY_MS = 10_000;

/** What is drawn now; buildings without any level are not in it. */
const shown = new Map<number, number>();

export function followStates(map: MapLibreMap): void {
  effect(() => {
    const { ids } = buildingNews.value;
    show(map, ids ?? new Set([...shown.keys(), ...buildingStates.keys()]));
  });
  setInterval(() => show(map, [...shown.keys()]), FADE_EVERY_MS);
}

function show(map: MapLibreMap, ids: Iterable<number>): void {
  const now = serverNow();
  for (const id of ids) {
    const level = levelOf(id, now);
    if (level === (shown.get(id) ?? 0)) continue;
    map.setFeatureState({ source: SOURCE, sourceLayer: 'buildings', id }, { level });
    if (level) shown.set(id, level);
    else shown.delete(id);
  }
}

function levelOf(id: number, now: number): number {
  const state = buildingStates.get(id);
  if (within(state?.last_alarm_at, ALARM_S, now)) return LEVEL_ALARM;
  return within(state?.last_pass_at, PASSED_S, now) ? LEVEL_PASSED : 0;
}

const within = (at: string | null | undefined, seconds: number, now: number) => at != null && now - Date.parse(at) < seconds * 1000;
