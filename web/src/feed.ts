// The live feed: server-sent events into the tables of units and of buildings' state. EventSource retries by itself after
// a dropped connection, and says where it was; but it gives up on an HTTP error without telling which, and never notices a
// silent one; all are handled here.
import { batch, effect, untracked } from '@preact/signals';
import type { Asset, BuildingState, DutyDevice, Incident, ZoneState } from './api.ts';
import { checkSession, topics } from './session.ts';
import { buildingNews, buildingStates, clockOffset, feedHeard, feedLive, incidents, lastHeard, link, dutyDevices, snapshotSeen, staleEstates,
  tileNews, units, zoneStates } from './store.ts';

const SILENCE_MS = 40_000;      // the server's heartbeat comes every 15 s
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 10_000;

interface Message {
  now?: string;
  assets?: Asset[];
  buildings?: BuildingState[];
  zones?: ZoneState[];
  devices?: DutyDevice[];
  incidents?: Incident[];
  gone?: { assets?: number[]; buildings?: number[]; zones?: number[]; devices?: number[]; incidents?: number[] };
  tiles?: string[];             // layers whose tiles changed
  live?: boolean;               // the server is in step with the database
  feed_age_s?: number | null;   // since it heard of it last
  stale?: number[];             // estates whose own database is away
}

let source: EventSource | null = null;
let retryMs = RETRY_MIN_MS;

/** Listens while the signed-in role may see anything live, and has said why where that is needed; then by itself. */
export function startFeed(): void {
  effect(() => { const wanted = topics.value; untracked(() => { close(wanted.split(',')); if (wanted) open(); }); });
  setInterval(watch, 500);
}

function open(): void {
  source?.close();
  source = new EventSource(`/api/stream?topics=${topics.peek()}`);
  if (link.peek() === 'off') link.value = 'connecting';
  lastHeard.value = Date.now();   // silence is counted from the attempt on
  for (const name of ['snapshot', 'diff', 'feed', 'heartbeat']) source.addEventListener(name, (e: MessageEvent<string>) => receive(e));
  source.addEventListener('error', failed);
}

/** What was seen goes with the right to see it; the rest stays until the new stream's snapshot takes its place. */
function close(kept: readonly string[]): void {
  source?.close();
  source = null;
  batch(() => {
    if (kept[0] === '') link.value = 'off';
    if (!kept.includes('assets')) {
      snapshotSeen.value = false;
      units.value = new Map();
    }
    if (!kept.includes('buildings')) {
      buildingStates.clear();
      buildingNews.value = { ids: null };
    }
    if (!kept.includes('zones')) zoneStates.value = new Map();
    if (!kept.includes('devices')) dutyDevices.value = new Map();
    if (!kept.includes('incidents')) incidents.value = new Map();
    staleEstates.value = new Set();
  });
}

/** A refusal looks like any other failure here, so the session is asked: it may have ended, or want a reason. */
function failed(): void {
  link.value = 'lost';
  if (source?.readyState !== EventSource.CLOSED) return;   // the browser itself retries
  source = null;
  void checkSession();
  setTimeout(() => { if (topics.peek() && !source) open(); }, retryMs);
  retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
}

function watch(): void {
  if (!source || Date.now() - lastHeard.value < SILENCE_MS) return;
  link.value = 'lost';
  open();
}

function receive(event: MessageEvent<string>): void {
  const message = parse(event.data);
  if (!message) return;
  const whole = event.type === 'snapshot';
  retryMs = RETRY_MIN_MS;
  batch(() => {
    link.value = 'live';
    lastHeard.value = Date.now();
    if (message.now) learnClock(Date.parse(message.now));
    learnFeed(message);
    if (whole || message.assets || message.gone?.assets) mergeUnits(message, whole);
    if (whole || message.buildings || message.gone?.buildings) mergeBuildings(message, whole);
    if (whole || message.zones || message.gone?.zones) zoneStates.value = merged(zoneStates.peek(), message.zones, message.gone?.zones, whole);
    if (whole || message.devices || message.gone?.devices) mergeDevices(message, whole);
    if (whole || message.incidents || message.gone?.incidents) incidents.value = merged(incidents.peek(), message.incidents, message.gone?.incidents, whole);
    if (message.tiles) tileNews.value = { layers: message.tiles };
    if (whole && snapshotSeen.peek()) tileNews.value = { layers: null };   // what happened since the last one is not known
    if (whole) snapshotSeen.value = true;
  });
}

function parse(data: string): Message | null {
  try {
    return JSON.parse(data) as Message;
  } catch {
    return null;
  }
}

/** The largest offset seen is the least delayed message, hence the best estimate; it may drift back slowly. */
function learnClock(serverMs: number): void {
  if (!Number.isFinite(serverMs)) return;
  const offset = serverMs - Date.now();
  const known = clockOffset.peek();
  const jumped = Math.abs(offset - known) > 5_000;
  clockOffset.value = jumped || offset > known ? offset : known + (offset - known) * 0.02;
}

/** News themselves say that the server hears the database; the rest is told. */
function learnFeed(message: Message): void {
  if (message.live === undefined) {
    feedHeard.value = Date.now();
    return;
  }
  feedLive.value = message.live;
  if (message.feed_age_s != null) feedHeard.value = Math.max(feedHeard.peek(), Date.now() - message.feed_age_s * 1000);
  const stale = message.stale ?? [];
  if (stale.length > 0 || staleEstates.peek().size > 0) staleEstates.value = new Set(stale);
}

/** Newer event time wins, as in the database: a late fix never pulls a unit back. */
function mergeUnits(message: Message, whole: boolean): void {
  const next = new Map(whole ? [] : units.peek());
  for (const id of message.gone?.assets ?? []) next.delete(id);
  for (const asset of message.assets ?? []) {
    if (!Number.isFinite(asset.lon) || !Number.isFinite(asset.lat)) continue;
    const old = next.get(asset.id);
    if (!old || Date.parse(asset.t_event) >= Date.parse(old.t_event)) next.set(asset.id, asset);
  }
  units.value = next;
}

function mergeBuildings(message: Message, whole: boolean): void {
  const states = message.buildings ?? [], gone = message.gone?.buildings ?? [];
  if (whole) buildingStates.clear();
  for (const id of gone) buildingStates.delete(id);
  for (const state of states) buildingStates.set(state.id, state);
  buildingNews.value = { ids: whole ? null : [...gone, ...states.map((state) => state.id)] };
}

function merged<T extends { id: number }>(known: ReadonlyMap<number, T>, come: T[] = [], gone: number[] = [], whole: boolean): Map<number, T> {
  const next = new Map(whole ? [] : known);
  for (const id of gone) next.delete(id);
  for (const thing of come) next.set(thing.id, thing);
  return next;
}

/** Most devices owe nothing and speak often: they are passed over, and nobody is told. */
function mergeDevices(message: Message, whole: boolean): void {
  const known = dutyDevices.peek(), come = message.devices ?? [];
  const owing = come.filter((device) => device.uptime != null || device.overflow_s != null);
  const gone = [...message.gone?.devices ?? [], ...come.filter((device) => !owing.includes(device)).map(({ id }) => id)].filter((id) => known.has(id));
  const same = owing.every((device) => sameDuty(device, known.get(device.id)));
  if (whole || gone.length > 0 || !same) dutyDevices.value = merged(known, owing, gone, whole);
}

const sameDuty = (a: DutyDevice, b: DutyDevice | undefined) =>
  b !== undefined && a.uptime === b.uptime && a.overflow_s === b.overflow_s && a.verdict === b.verdict && a.lon === b.lon && a.lat === b.lat;
