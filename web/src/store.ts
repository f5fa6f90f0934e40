// The page's state: a handful of signals. Whoever reads one is redrawn when it changes; nothing else is shared.
import { computed, signal } from '@preact/signals';
import type { Asset, BuildingState, DutyDevice, Estate, Incident, TileJson, ZoneState } from './api.ts';
import type { Lang } from './words.ts';

/** `off`: the page does not listen, because the signed-in role has nothing live, or has not said why it looks. */
export type LinkState = 'off' | 'connecting' | 'live' | 'lost';
export type LayerGroup = 'estates' | 'buildings' | 'roads' | 'nature' | 'zones' | 'routes' | 'checkpoints' |
  'facilities' | 'units' | 'labels' | 'duties' | 'incidents';

/** Fixes older than this are drawn grey with their age; younger than FRESH_S they pulse. */
export const STALE_S = 60;
export const FRESH_S = 15;

/** Buildings count as passed or in alarm for so long; then they are only buildings again. */
export const PASSED_S = 15 * 60;
export const ALARM_S = 5 * 60;

export const lang = signal<Lang>('zh');
export const tileJson = signal<TileJson | null>(null);
export const estates = signal<Estate[]>([]);
export const units = signal<ReadonlyMap<number, Asset>>(new Map());
export const link = signal<LinkState>('off');
/** Local milliseconds at which the feed last said anything, heartbeat included. */
export const lastHeard = signal(0);
/** Local milliseconds as of which the server was in step with the database; 0: never. */
export const feedHeard = signal(0);
/** Whether it still is. */
export const feedLive = signal(true);
/** Estates whose own database is away: what is shown of them is as it was. */
export const staleEstates = signal<ReadonlySet<number>>(new Set());
/** What is known of buildings' state. Too many to be copied at each change: whoever reads it follows `buildingNews`. */
export const buildingStates = new Map<number, BuildingState>();
/** Buildings whose state changed last; null: all of them. */
export const buildingNews = signal<{ ids: readonly number[] | null }>({ ids: null });
/** The same of zones, and of those devices that owe something: few, so they are copied. */
export const zoneStates = signal<ReadonlyMap<number, ZoneState>>(new Map());
/** Buildings by how they stand with their duty, as the overlay draws them. */
export const dutyCounts = signal({ none: 0, fresh: 0, soon: 0, late: 0 });
export const dutyDevices = signal<ReadonlyMap<number, DutyDevice>>(new Map());
/** What is open. */
export const incidents = signal<ReadonlyMap<number, Incident>>(new Map());
/** Layers whose tiles are no longer what the server has; null: nobody knows which. */
export const tileNews = signal<{ layers: readonly string[] | null }>({ layers: [] });
/** Server clock minus this machine's clock, ms: a wall screen's clock is often wrong, ages must not be. */
export const clockOffset = signal(0);
/** Moves twice a second; whoever shows an age reads it. */
export const tick = signal(Date.now());

export const serverAway = signal(false);
export const tilesFailing = signal(false);
export const webglMissing = signal(false);
/** null until the map has looked: an empty state must not flash up while tiles are still loading. */
export const hasBuildings = signal<boolean | null>(null);
export const snapshotSeen = signal(false);

export const selectedBuilding = signal<number | null>(null);
export const followedUnit = signal<number | null>(null);
export const threeD = signal(true);
export const legendOpen = signal(innerWidth >= 760 && innerHeight >= 700);
export const camera = signal({ zoom: 0, bearing: 0, pitch: 0 });
export const visible = signal<Record<LayerGroup, boolean>>({
  estates: true, buildings: true, roads: true, nature: true, zones: true, routes: false, checkpoints: true,
  facilities: true, units: true, labels: true, duties: false, incidents: true,
});

/** A unit unheard of for a whole shift is not on duty any more, whatever the table still holds. */
const GONE_S = 12 * 3600;
const minute = computed(() => Math.floor(tick.value / 60_000));
export const onDuty = computed<ReadonlyMap<number, Asset>>(() => {
  minute.value;
  const now = Date.now() + clockOffset.peek();
  return new Map([...units.value].filter(([, asset]) => ageOf(asset, now) < GONE_S));
});

/** Units with a fresh fix per estate: counted from the live feed, so that the list agrees with the map. */
export const liveByEstate = computed<ReadonlyMap<number, number>>(() => {
  tick.value;
  const now = serverNow();
  const counts = new Map<number, number>();
  for (const unit of onDuty.value.values()) {
    const estate = unit.at_estate_id ?? unit.estate_id;
    if (estate != null && !isStale(unit, now)) counts.set(estate, (counts.get(estate) ?? 0) + 1);
  }
  return counts;
});

export const timeZone = computed(() => tileJson.value?.tz || estates.value[0]?.tz || 'Asia/Shanghai');

/** Read without following it: the offset moves with every message, and who shows a time follows `tick`. */
export const serverNow = () => Date.now() + clockOffset.peek();

const ROUGH_MS = 1_500;

/** The Date of an answer, whole seconds: good enough against a clock that is wrong, for pages without a live feed. */
export function roughClock(serverMs: number): void {
  const offset = serverMs + 500 - Date.now();
  if (link.peek() !== 'live' && Math.abs(offset - clockOffset.peek()) > ROUGH_MS) clockOffset.value = offset;
}

/** Seconds since the fix was taken by the server's clock; never negative, devices may run a little ahead. */
export const ageOf = (asset: Asset, now = serverNow()) => Math.max(0, (now - Date.parse(asset.t_event)) / 1000);

/** Late data is never shown as new: a replayed fix counts as stale whatever its time says. */
export const isStale = (asset: Asset, now = serverNow()) => asset.replay === true || ageOf(asset, now) > STALE_S;
