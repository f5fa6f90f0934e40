// What the server says, as types, and the few requests the page makes. Coordinates are lon/lat degrees WGS 84,
// times RFC 3339 UTC, distances metres. A field that is unknown is absent or null.
import type { Counts, Verdict, WindowState } from './due.ts';
import type { IncidentState, Severity } from './incident.ts';
import type { Measures } from './measure.ts';
import { roughClock } from './store.ts';

export const LAYERS = ['estates', 'estate_labels', 'buildings', 'zones', 'roads', 'water', 'landuse', 'places',
  'checkpoints', 'facilities', 'routes'] as const;

export type Look = 'place' | 'record' | 'count' | 'unit' | 'device' | 'incident' | 'carry' | 'operate' | 'audit';

/** Who asks, as the server sees them. `open`: no account exists, whoever uses this machine is administrator. */
export interface Session {
  open: boolean;
  signed_in: boolean;
  name?: string | null;
  label?: string | null;
  roles?: string[];
  looks?: Partial<Record<Look, true | number[]>>;
  purpose?: string | null;
  purpose_needed?: boolean;
  csrf?: string;
  expires_at?: string | null;
  idle_s?: number;
}

export type Credentials = { name: string; password: string } | { shift_code: string };

type Bbox = [west: number, south: number, east: number, north: number];

export interface TileJson {
  tiles: string[];
  minzoom?: number;
  maxzoom?: number;
  bounds?: Bbox;
  center?: [lon: number, lat: number, zoom: number];
  attribution?: string;
  approval?: string;
  demo?: boolean;
  tz?: string;
}

export interface Estate {
  id: number;
  name?: string | null;
  name_en?: string | null;
  management_type?: string | null;
  tz?: string;
  lon?: number;
  lat?: number;
  bbox?: Bbox | null;
  buildings?: number;
  units?: number;
}

/** A moving unit under its call sign: the server never sends who it is. */
export interface Asset {
  id: number;
  label?: string | null;
  label_en?: string | null;
  subject_type?: string | null;
  lon: number;
  lat: number;
  t_event: string;
  acc_m?: number | null;
  speed_mps?: number | null;
  course_deg?: number | null;
  battery?: number | null;
  estate_id?: number | null;
  at_estate_id?: number | null;
  building_id?: number | null;
  replay?: boolean;
}

/** What is known of a building beyond its walls; the newest of each kind. */
export interface BuildingState {
  id: number;
  estate_id: number;
  last_pass_at?: string | null;
  last_pass_subject_type?: string | null;
  last_event_at?: string | null;
  last_alarm_at?: string | null;
  due_at?: string | null;
  verdict?: Verdict | null;
  verdict_at?: string | null;
  duty_every_s?: number | null;
  breach_at?: string | null;
  breached_at?: string | null;
  blind?: boolean;
}

export interface ZoneState {
  id: number;
  estate_id: number;
  last_pass_at?: string | null;
  due_at?: string | null;
  verdict?: Verdict | null;
  verdict_at?: string | null;
  swept?: number | null;
  swept_from?: string | null;
  swept_at?: string | null;
}

/** Of the devices only what duties say of them: a camera has `uptime`, a bin `overflow_s`. */
export interface DutyDevice {
  id: number;
  estate_id: number;
  kind?: string | null;
  name?: string | null;
  lon: number;
  lat: number;
  verdict?: Verdict | null;
  uptime?: number | null;
  uptime_from?: string | null;
  overflow_s?: number | null;
}

/** One that is open: something is to be done. `breach_at`: when the next of its clocks is due, past when that was missed. */
export interface Incident {
  id: number;
  estate_id: number;
  category: string;
  severity: Severity;
  state: IncidentState;
  level: number;
  building_id?: number | null;
  building_name?: string | null;
  building_name_en?: string | null;
  storey?: number | null;
  organisation_id?: number | null;
  drill: boolean;
  reported_at: string;
  state_at: string;
  breach_at?: string | null;
  lon: number;
  lat: number;
}

/** What had to happen at a place between two moments, and what became of it. */
export interface DutyWindow {
  estate_id: number;
  duty_id: number;
  duty_name?: string | null;
  duty_name_en?: string | null;
  place_kind: string;
  place_id: number;
  place_name?: string | null;
  place_name_en?: string | null;
  t_from: string;
  t_to: string;
  due_at: string;
  state: WindowState;
}

export type DutyGroup = Counts & { estate_id?: number; id?: number; name?: string | null; name_en?: string | null };
export interface DutySummary { from: string; to: string; total: Counts; groups: DutyGroup[] }

export interface Evidence extends DossierUnit {
  what: string;
  from?: string | null;
  to?: string | null;
  nearest_m?: number | null;
  cause?: string | null;
  scope?: string | null;
  approver?: string | null;
  reason?: string | null;
  share?: number | null;
  tool?: boolean | null;
  kind?: string | null;
  method?: string | null;
}

export interface VerdictVersion {
  version: number;
  verdict: Verdict;
  reason: string;
  found: number;
  best: number;
  needed: number;
  blind_s: number;
  formula: string;
  formula_version: number;
  recorded_at: string;
  evidence: Evidence[];
}

interface DossierUnit {
  subject_type?: string | null;
  label?: string | null;
  label_en?: string | null;
  acc_m?: number | null;
}

/** Somebody was at the building. `open`: the pass may still go on; `t_to` is its last evidence so far. */
export interface DossierPass extends DossierUnit {
  kind: 'pass';
  t_from: string;
  t_to: string;
  nearest_m: number;
  method: string;
  open: boolean;
}

export interface DossierEvent extends DossierUnit {
  kind: string;
  t_event: string;
  phase?: string | null;
  place_method?: string | null;
  place_dist_m?: number | null;
  measures?: Measures | null;
}

/** A thing bound to the building, and what it said last of each of its channels. */
export interface DossierDevice {
  id: number;
  kind: string;
  name?: string | null;
  native_id: string;
  storey?: number | null;
  states: Array<{ kind: string; channel?: string; t_event: string; phase?: string; severity?: number; measures?: Measures }>;
}

/** What the signed-in role may not see is not there: no `events`, no `counts`, no `devices`. */
/** A number of a building; null where there is nothing to divide by. */
export interface Indicator { value: number | null; numerator?: number; denominator?: number; unit: string; evidence: string }
export interface Peer { median: number; rank: number; peers: number }

export interface Dossier {
  building: {
    id: number;
    name?: string | null;
    name_en?: string | null;
    codes?: string[] | null;
    levels?: number | null;
    height_m?: number | null;
    height_source?: string | null;
    area_m2?: number | null;
    dwellings?: number | null;
    year_built?: number | null;
    lon: number;
    lat: number;
  };
  estate?: { id: number; name?: string | null; name_en?: string | null; management_type?: string | null } | null;
  counts?: { passes_24h?: number; events_24h?: number; units_24h?: number };
  last_pass_at?: string | null;
  events?: Array<DossierPass | DossierEvent>;
  devices?: DossierDevice[];
  indicators?: Record<string, Indicator>;
  peers?: Record<string, Peer | string | number>;
  purpose_needed?: boolean;
  as_of: string;
  tz?: string;
}

/** An answer that is not 2xx; `status` tells a missing thing (404) from a server that is away, `type` is the problem's. */
export class HttpError extends Error {
  constructor(readonly status: number, url: string, readonly type = '', readonly retryAfterS = 0) {
    super(`${url}: HTTP ${status}`);
  }
}

async function failure(response: Response, url: string): Promise<HttpError> {
  const problem = await response.json().catch(() => ({})) as { type?: string };
  return new HttpError(response.status, url, problem.type ?? '', Number(response.headers.get('retry-after')) || 0);
}

let refused = (): void => undefined;
/** What to do after each 401: the session may have ended. */
export const onRefused = (listener: () => void) => { refused = listener; };

async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, signal: signal ?? null });
  roughClock(Date.parse(response.headers.get('date') ?? ''));
  if (response.status === 401) refused();
  if (!response.ok) throw await failure(response, url);
  return await response.json() as T;
}

/** Writes carry the session's CSRF token: another site can make the browser send the cookie, but not this. */
async function write(method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object, csrf?: string): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body) headers['content-type'] = 'application/json';
  if (csrf) headers['x-csrf-token'] = csrf;
  const response = await fetch(url, { method, headers, body: body ? JSON.stringify(body) : null });
  if (!response.ok) throw await failure(response, url);
  return response;
}

const SESSION = '/api/session';

export const getSession = () => getJson<Session>(SESSION);
export const postSession = async (credentials: Credentials) => await (await write('POST', SESSION, credentials)).json() as Session;
export const putPurpose = async (purpose: string, csrf: string) => { await (await write('PUT', `${SESSION}/purpose`, { purpose }, csrf)).text(); };
export const deleteSession = async (csrf: string) => { await (await write('DELETE', SESSION, undefined, csrf)).text(); };
export const getTileJson = () => getJson<TileJson>(`/tiles/${LAYERS.join(',')}.json`);
export const getEstates = async () => (await getJson<{ estates: Estate[] }>('/api/estates')).estates;
export const getDossier = (id: number, signal: AbortSignal) => getJson<Dossier>(`/api/buildings/${id}/dossier`, signal);

/** A server without duties, or a role that may not see them, has none: that is an answer, not a failure. */
async function orNone<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HttpError && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}

const query = (values: Record<string, string | number>) => String(new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])));
const time = (ms: number) => new Date(ms).toISOString();

export const getDutySummary = (from: number, to: number, signal: AbortSignal) =>
  orNone(getJson<DutySummary>(`/api/windows/summary?${query({ from: time(from), to: time(to), by: 'duty' })}`, signal));
export const getWindows = async (from: number, to: number, more: Record<string, string | number>, signal: AbortSignal) =>
  (await orNone(getJson<{ windows: DutyWindow[] }>(`/api/windows?${query({ ...more, from: time(from), to: time(to) })}`, signal)))?.windows ?? null;
export const verdictUrl = ({ estate_id, duty_id, place_id, t_from }: DutyWindow) =>
  `/api/verdicts/${estate_id}/${duty_id}/${place_id}/${encodeURIComponent(t_from)}`;
export const getVerdict = async (window: DutyWindow, signal: AbortSignal) =>
  (await orNone(getJson<{ versions: VerdictVersion[] }>(verdictUrl(window), signal)))?.versions ?? null;
