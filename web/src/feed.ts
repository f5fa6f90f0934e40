// The live feed: server-sent events into the unit table. EventSource retries by itself after a dropped connection, but
// gives up on an HTTP error without telling which, and never notices a silent one; all are handled here.
import { batch, effect, untracked } from '@preact/signals';
import type { Asset } from './api.ts';
import { checkSession, seesUnits } from './session.ts';
import { clockOffset, lastHeard, link, snapshotSeen, units } from './store.ts';

const URL_STREAM = '/api/stream?topics=assets';
const SILENCE_MS = 40_000;      // the server's heartbeat comes every 15 s
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 10_000;

interface Message { now?: string; assets?: Asset[] }

let source: EventSource | null = null;
let retryMs = RETRY_MIN_MS;

/** Listens while the signed-in role may see live positions and has said why; from then on by itself. */
export function startFeed(): void {
  effect(() => { const wanted = seesUnits.value; untracked(wanted ? open : close); });
  setInterval(watch, 500);
}

function open(): void {
  source?.close();
  source = new EventSource(URL_STREAM);
  if (link.peek() === 'off') link.value = 'connecting';
  lastHeard.value = Date.now();   // silence is counted from the attempt on
  source.addEventListener('snapshot', (e) => receive(e, true));
  source.addEventListener('diff', (e) => receive(e, false));
  source.addEventListener('heartbeat', (e) => receive(e, false));
  source.addEventListener('error', failed);
}

/** What was seen goes with the right to see it. */
function close(): void {
  source?.close();
  source = null;
  batch(() => {
    link.value = 'off';
    snapshotSeen.value = false;
    units.value = new Map();
  });
}

/** A refusal looks like any other failure here, so the session is asked: it may have ended, or want a reason. */
function failed(): void {
  link.value = 'lost';
  if (source?.readyState !== EventSource.CLOSED) return;   // the browser itself retries
  source = null;
  void checkSession();
  setTimeout(() => { if (seesUnits.peek() && !source) open(); }, retryMs);
  retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
}

function watch(): void {
  if (!source || Date.now() - lastHeard.value < SILENCE_MS) return;
  link.value = 'lost';
  open();
}

function receive(event: MessageEvent<string>, whole: boolean): void {
  const message = parse(event.data);
  if (!message) return;
  retryMs = RETRY_MIN_MS;
  batch(() => {
    link.value = 'live';
    lastHeard.value = Date.now();
    if (message.now) learnClock(Date.parse(message.now));
    if (whole) snapshotSeen.value = true;
    if (whole || message.assets?.length) merge(message.assets ?? [], whole);
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

/** Newer event time wins, as in the database: a late fix never pulls a unit back. */
function merge(assets: Asset[], whole: boolean): void {
  const next = new Map(whole ? [] : units.peek());
  for (const asset of assets) {
    if (!Number.isFinite(asset.lon) || !Number.isFinite(asset.lat)) continue;
    const old = next.get(asset.id);
    if (!old || Date.parse(asset.t_event) >= Date.parse(old.t_event)) next.set(asset.id, asset);
  }
  units.value = next;
}
