// Duties against the clock: pure functions over absolute times, no imports, so that a test can load them as they are. The
// clock is the feed's (store.ts), because nothing that the server sends depends on when it is read.

export type Verdict = 'met' | 'missed' | 'unknown' | 'waived';
export type WindowState = Verdict | 'pending' | 'open';
/** In the order in which they are told: what went wrong is never last. */
export const STATES: readonly WindowState[] = ['met', 'missed', 'unknown', 'waived', 'open', 'pending'];

export interface DutyTimes {
  duty_every_s?: number | null;
  breach_at?: string | null;
  breached_at?: string | null;
}

export type DutyLevel = 'none' | 'fresh' | 'soon' | 'late';

/** A pass is due soon in the last quarter of the time that the duty allows, but for at most half an hour. */
const SOON_SHARE = 0.25;
const SOON_MAX_S = 1800;
const SOON_WITHOUT_S = 900;   // when nobody knows how much it allows

const ms = (at: string | null | undefined) => at ? Date.parse(at) : NaN;

/** Since when the building has been without a pass for too long; NaN: it has not, or owes none. */
export function lateSince(state: DutyTimes | undefined, now: number): number {
  const breach = ms(state?.breached_at ?? state?.breach_at);
  return state?.breached_at || now >= breach ? breach : NaN;
}

export function dutyLevel(state: DutyTimes | undefined, now: number): DutyLevel {
  const breach = ms(state?.breach_at);
  if (!Number.isNaN(lateSince(state, now))) return 'late';
  if (Number.isNaN(breach)) return 'none';
  const soon = state?.duty_every_s ? Math.min(state.duty_every_s * SOON_SHARE, SOON_MAX_S) : SOON_WITHOUT_S;
  return breach - now <= soon * 1000 ? 'soon' : 'fresh';
}

export interface ZoneTimes {
  verdict?: string | null;
  verdict_at?: string | null;
  swept?: number | null;
  swept_from?: string | null;
}

/** What a zone is coloured by: trouble with the last window stays in sight while the next one is open. */
export function zoneState(state: ZoneTimes): WindowState {
  const { verdict } = state;
  if (verdict === 'missed' || verdict === 'unknown') return verdict;
  if (state.swept != null && !(ms(state.swept_from) < ms(state.verdict_at))) return 'open';
  return verdict === 'met' || verdict === 'waived' ? verdict : 'pending';
}

/** Cameras are fine from here on, and bad below the second; bins by the seconds they overflowed. */
export const UPTIME_GOOD = 0.95;
export const UPTIME_BAD = 0.8;

export function deviceLevel(device: { uptime?: number | null; overflow_s?: number | null; verdict?: string | null }): DutyLevel {
  if (device.verdict === 'missed') return 'late';
  if (device.uptime != null) return device.uptime >= UPTIME_GOOD ? 'fresh' : device.uptime >= UPTIME_BAD ? 'soon' : 'late';
  return device.overflow_s ? 'soon' : 'fresh';
}

export interface Counts { due: number; met: number; missed: number; unknown: number; waived: number; pending: number; open: number }

/** Met of those that could be decided; a share of nothing is none. */
export function rate({ met, missed, waived }: Counts, withWaived = false): { value: number | null; of: number } {
  const good = met + (withWaived ? waived : 0), of = good + missed;
  return { value: of ? good / of : null, of };
}

export type Period = 'day' | 'night';
export interface Span { from: number; to: number }
const HOUR = 3_600_000;
const DUSK = 20, DAWN = 8;   // a night's rounds, hours by the wall

/** Milliseconds that the zone is ahead of UTC at that moment. A zone this browser does not know counts as China's. */
function ahead(at: number, zone: string): number {
  const read = (timeZone: string) => new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric',
    day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(at);
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = read(zone);
  } catch {
    parts = read('Asia/Shanghai');
  }
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(at / 1000) * 1000;
}

/** The moment at which the zone's clocks show that wall time, given as if it were UTC. */
function moment(wall: number, zone: string): number {
  const guess = wall - ahead(wall, zone);
  return wall - ahead(guess, zone);
}

/** Today from midnight to midnight; or the night that is on, else the last one, from 20 to 8. */
export function spanOf(period: Period, now: number, zone: string): Span {
  const wall = now + ahead(now, zone), midnight = Math.floor(wall / (24 * HOUR)) * 24 * HOUR;
  if (period === 'day') return { from: moment(midnight, zone), to: moment(midnight + 24 * HOUR, zone) };
  const dusk = midnight + (wall - midnight >= DUSK * HOUR ? DUSK : DUSK - 24) * HOUR;
  return { from: moment(dusk, zone), to: moment(dusk + (24 - DUSK + DAWN) * HOUR, zone) };
}

/** Is it on now? */
export const isNow = ({ from, to }: Span, now: number) => now >= from && now < to;
