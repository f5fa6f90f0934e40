// Incidents against the clock: pure functions over absolute times, no imports, so that a test can load them as they are.

export type Severity = 'small' | 'serious' | 'complex' | 'special';
/** From the least to the worst. */
export const SEVERITIES: readonly Severity[] = ['small', 'serious', 'complex', 'special'];
export type IncidentState = 'reported' | 'filed' | 'dispatched' | 'accepted' | 'on_site' | 'resolved' | 'fed_back' | 'verified' |
  'admitted' | 'mediating' | 'agreed' | 'failed' | 'referred' | 'followed_up' |
  'closed' | 'rejected' | 'merged' | 'paused';
/** By rank. */
export const LEVELS = ['estate', 'community', 'alliance', 'district'] as const;

/** `still`: no clock runs. */
export type Standing = 'over' | 'soon' | 'running' | 'still';

interface Times { breach_at?: string | null; reported_at: string }

/** The last quarter of the time that was given, but for at most half an hour. */
const SOON_SHARE = 0.25;
const SOON_MAX_MS = 30 * 60_000;

/** Milliseconds until its next clock is due, negative when that was missed; NaN: none runs. */
export const leftOf = (incident: Times, now: number): number => incident.breach_at ? Date.parse(incident.breach_at) - now : NaN;

export function standingOf(incident: Times, now: number): Standing {
  const left = leftOf(incident, now);
  if (Number.isNaN(left)) return 'still';
  if (left <= 0) return 'over';
  const given = Date.parse(incident.breach_at!) - Date.parse(incident.reported_at);
  return left <= Math.min(given * SOON_SHARE, SOON_MAX_MS) ? 'soon' : 'running';
}

const severityOf = ({ severity }: { severity: string }) => SEVERITIES.indexOf(severity as Severity);

/** Whose time ends first comes first, so what is over is on top; then those without a clock; the worse before the less. The
 *  order holds whatever the time is. */
export function byBreach<T extends Times & { id: number; severity: string }>(incidents: Iterable<T>): T[] {
  const due = ({ breach_at }: T) => breach_at ? Date.parse(breach_at) : Infinity;
  return [...incidents].sort((a, b) => Math.sign(due(a) - due(b)) || severityOf(b) - severityOf(a) || a.id - b.id);
}

/** Hours, minutes and seconds of a time to go, rounded up, or of one that has passed, rounded down: zero is said when it is over. */
export function split(ms: number): { days: number; hours: number; minutes: number; seconds: number } {
  const all = ms > 0 ? Math.ceil(ms / 1000) : Math.floor(Math.abs(ms) / 1000);
  return { days: Math.floor(all / 86_400), hours: Math.floor(all / 3600) % 24, minutes: Math.floor(all / 60) % 60, seconds: all % 60 };
}

export interface Place<T> { key: string; incidents: T[]; worst: T; standing: Standing }

/** Those of one building together, else those of one point: a mark each, which looks like the worst of what is there. Drills
 *  do not make it look worse. */
export function placesOf<T extends Times & { id: number; severity: string; drill: boolean; building_id?: number | null; lon: number; lat: number }>(
  incidents: Iterable<T>, now: number): Place<T>[] {
  const places = new Map<string, T[]>();
  for (const incident of byBreach(incidents)) {
    const key = incident.building_id != null ? `b${incident.building_id}` : `${incident.lon.toFixed(5)} ${incident.lat.toFixed(5)}`;
    const here = places.get(key);
    if (here) here.push(incident);
    else places.set(key, [incident]);
  }
  return [...places].map(([key, here]) => {
    const real = here.some(({ drill }) => !drill) ? here.filter(({ drill }) => !drill) : here;
    const worst = real.reduce((a, b) => severityOf(b) > severityOf(a) ? b : a);
    return { key, incidents: here, worst, standing: standingOf(real[0]!, now) };
  });
}
