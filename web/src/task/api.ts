// What the server says of tasks, and how steps and photos are sent. Whether something got there is told apart from what the
// server thinks of it: without an answer it is sent again, with the same key.
import type { IncidentState, Severity } from '../incident.ts';
import { session } from '../session.ts';
import { roughClock } from '../store.ts';
import type { Step } from './flow.ts';

export interface Clock { stage: 'respond' | 'resolve' | 'plan' | 'level'; runs: boolean; due_at: string | null; left_s: number | null }

export interface Task {
  estate_id: number;
  id: number;
  version: number;
  state: IncidentState;
  before?: IncidentState | null;
  category: string;
  category_name: string;
  category_name_en: string;
  severity: Severity;
  title: string;
  drill: boolean;
  free: boolean;
  estate: string;
  estate_en?: string | null;
  building?: string | null;
  building_en?: string | null;
  storey?: number | null;
  zone?: string | null;
  zone_en?: string | null;
  lon?: number;
  lat?: number;
  reported_at: string;
  breach_at?: string | null;
  breach_stage?: string | null;
  clocks: Clock[];
  next: Array<{ step: Step; note: boolean }>;
  pause_reasons: string[];
}

export interface Photo { url: string; thumb: string; kind: 'before' | 'after'; at: string }

/** `photos` is there when the server takes them. */
export interface Incident {
  estate_id: number;
  id: number;
  version: number;
  state: IncidentState;
  steps: Array<{ id: number; step: string; at: string; note?: string }>;
  allowed: Array<{ step: string }>;
  photos?: Photo[];
}

/** status 0: no answer. */
export interface Answer { status: number; tag: string; body: unknown; retryAfterS: number }

const PATIENCE_MS = 20_000;

export async function ask(method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}, body: BodyInit | null = null): Promise<Answer> {
  try {
    const response = await fetch(url, { method, body, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { accept: 'application/json', ...(method === 'POST' && { 'x-csrf-token': session.peek()?.csrf ?? '' }), ...headers } });
    roughClock(Date.parse(response.headers.get('date') ?? ''));
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, tag: response.headers.get('etag') ?? '', body: json ? await response.json() : null,
      retryAfterS: Number(response.headers.get('retry-after')) || 0 };
  } catch {
    return { status: 0, tag: '', body: null, retryAfterS: 0 };
  }
}

export interface Where { estate_id: number; id: number }
export const keyOf = ({ estate_id, id }: Where) => `${estate_id}/${id}`;

const incidentUrl = (key: string) => `/api/incidents/${key}`;
export const getTasks = (tag: string) => ask('GET', '/api/tasks', tag ? { 'if-none-match': tag } : {});
export const getIncident = (key: string) => ask('GET', incidentUrl(key));
export const postStep = (key: string, tag: string, idempotency: string, body: object) =>
  ask('POST', `${incidentUrl(key)}/steps`, { 'content-type': 'application/json', 'if-match': tag, 'idempotency-key': idempotency }, JSON.stringify(body));
export const postPhoto = (key: string, kind: Photo['kind'], taken: Date, idempotency: string, photo: Blob) =>
  ask('POST', `${incidentUrl(key)}/photos?kind=${kind}&taken=${taken.toISOString()}`, { 'content-type': 'image/jpeg', 'idempotency-key': idempotency }, photo);
