// Steps and photos on their way to the server, in order, kept in IndexedDB until it has taken them: nothing is lost with the
// network or the page. Each has a key of its own, so sending it again does nothing twice.
import { signal } from '@preact/signals';
import { checkSession, session } from '../session.ts';
import { serverNow } from '../store.ts';
import { getIncident, postPhoto, postStep, type Answer, type Incident, type Photo } from './api.ts';
import type { Step } from './flow.ts';
import { loadIncident, loadTasks, offline, sawIncident } from './store.ts';
import type { IncidentState } from '../incident.ts';

/** Why the server did not take it: the worker decides what becomes of it. */
export type Trouble = 'changed' | 'gone' | 'refused' | 'wrong';

export interface Waiting {
  n?: number;              // its place in the order
  who: string;             // whose it is: another one who signs in on this phone sends nothing of it
  key: string;             // the incident, "estate/id"
  at: number;              // when it was done
  idempotency: string;
  trouble?: Trouble | undefined;
  step?: { name: Step; from: IncidentState; tag: string; body: object };
  photo?: { kind: Photo['kind']; blob: Blob; thumb: string };
}

const DATABASE = 'hutong-task';
const STORE = 'waiting';
/** Behind all that is kept: the order of those that are in memory only. */
const LATER = 1e12;

export const waiting = signal<readonly Waiting[]>([]);
/** What is kept on this phone only for as long as the page is open, because the browser forbids more. */
export const unkept = signal(false);

const who = () => session.peek()?.name ?? '';
export const mine = () => waiting.value.filter((one) => one.who === (session.value?.name ?? ''));

let database: IDBDatabase | null = null;
const done = <T>(request: IDBRequest<T>) => new Promise<T>((yes, no) => {
  request.onsuccess = () => yes(request.result);
  request.onerror = () => no(request.error);
});
const store = (mode: IDBTransactionMode) => database!.transaction(STORE, mode).objectStore(STORE);

export async function openQueue(): Promise<void> {
  try {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => { request.result.createObjectStore(STORE, { keyPath: 'n', autoIncrement: true }); };
    database = await done(request);
    waiting.value = await done(store('readonly').getAll() as IDBRequest<Waiting[]>);
  } catch {
    unkept.value = true;
  }
}

let lastN = 0;

async function keep(one: Waiting): Promise<void> {
  try {
    if (database) one.n = Number(await done(store('readwrite').put(one)));
  } catch {
    unkept.value = true;   // no room, or none allowed: it waits in memory, in its place
  }
  one.n ??= LATER + (lastN += 1);
  waiting.value = [...waiting.value.filter(({ n }) => n !== one.n), one].sort((a, b) => a.n! - b.n!);
}

export async function drop(one: Waiting): Promise<void> {
  if (database) await done(store('readwrite').delete(one.n!)).catch(() => undefined);
  waiting.value = waiting.value.filter(({ n }) => n !== one.n);
}

const fresh = (key: string): Waiting => ({ who: who(), key, at: Date.now(), idempotency: crypto.randomUUID() });

export async function addStep(key: string, name: Step, from: IncidentState, tag: string, more: object = {}): Promise<void> {
  const one = fresh(key);
  await keep({ ...one, step: { name, from, tag, body: { step: name, said_at: new Date(one.at).toISOString(), ...more } } });
}

export const addPhoto = (key: string, kind: Photo['kind'], blob: Blob, thumb: string) => keep({ ...fresh(key), photo: { kind, blob, thumb } });

/** Once more, of the version that there is now. */
export async function again(one: Waiting): Promise<void> {
  const answer = await getIncident(one.key);
  if (answer.status === 200 && one.step) {
    const incident = answer.body as Incident;
    await keep({ ...one, trouble: undefined, step: { ...one.step, tag: answer.tag, from: incident.state } });
  } else {
    await keep({ ...one, trouble: answer.status === 200 ? undefined : one.trouble });
  }
  await sendWaiting();
}

/* --- sending: one at a time, the oldest first; what is in trouble holds up the rest of its incident --- */

/** What the server said last of an incident's version, of what this page itself has sent. */
const tags = new Map<string, string>();
let sending: Promise<void> | null = null;

export function sendWaiting(): Promise<void> {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll(): Promise<void> {
  const held = new Set<string>();
  let sent = false;
  for (let one = nextOf(held); one; one = nextOf(held)) {
    const answer = await send(one);
    if (answer === 'later') break;
    if (answer) {
      await keep({ ...one, trouble: answer });
      await loadIncident(one.key);
    } else {
      await drop(one);
    }
    sent = true;
  }
  if (sent) await loadTasks();
}

function nextOf(held: Set<string>): Waiting | undefined {
  return waiting.peek().find((one) => {
    if (one.who !== who() || held.has(one.key)) return false;
    if (one.trouble) held.add(one.key);
    return !one.trouble;
  });
}

/** By the server's clock, however wrong the phone's is. */
const takenAt = ({ at }: Waiting) => new Date(serverNow() - (Date.now() - at));

/** null: taken. */
async function send(one: Waiting): Promise<Trouble | 'later' | null> {
  const answer = one.photo ? await postPhoto(one.key, one.photo.kind, takenAt(one), one.idempotency, one.photo.blob) : await sendStep(one);
  offline.value = answer.status === 0;
  if (answer.status >= 200 && answer.status < 300) {
    if (one.step && answer.tag) tags.set(one.key, answer.tag);
    if (one.step) sawIncident(answer.body as Incident);
    return null;
  }
  if (answer.status === 401) await checkSession();
  return troubleOf(answer);
}

function troubleOf({ status }: Answer): Trouble | 'later' {
  if (status === 0 || status === 401 || status === 408 || status === 429 || status >= 500) return 'later';
  if (status === 412) return 'changed';
  if (status === 403 || status === 404) return 'gone';
  return status === 409 ? 'refused' : 'wrong';
}

/** Tags are versions, `"7"`. */
const newer = (sent: string | undefined, seen: string) => sent && Number(sent.slice(1, -1)) > Number(seen.slice(1, -1)) ? sent : seen;

/** A clock's warning is a new version, too: when the incident stands where it stood, the step is as good as it was. */
async function sendStep(one: Waiting): Promise<Answer> {
  const { name, from, tag, body } = one.step!;
  const answer = await postStep(one.key, newer(tags.get(one.key), tag), one.idempotency, body);
  if (answer.status !== 412) return answer;
  const now = await getIncident(one.key);
  if (now.status !== 200) return now;
  const incident = now.body as Incident;
  sawIncident(incident);
  if (incident.state !== from || !incident.allowed.some(({ step }) => step === name)) return answer;
  tags.set(one.key, now.tag);
  return postStep(one.key, now.tag, one.idempotency, body);
}
