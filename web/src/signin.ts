// Signing in, for whatever page asks: what was typed, and what went wrong in words.
import { signal } from '@preact/signals';
import { HttpError, type Credentials } from './api.ts';
import { setLang, t } from './i18n.ts';
import { signIn } from './session.ts';
import { lang, tick } from './store.ts';
import type { Key } from './words.ts';

/** An address waits a minute at most; who must wait longer has a locked account. */
const LOCKED_FROM_S = 61;
const CODE_LENGTH = 10;
const CODE_HALF = 5;
/** With the dash. */
export const CODE_MAX = CODE_LENGTH + 1;

interface Problem { key: Key; until: number; status?: number }

export const busy = signal(false);
export const problem = signal<Problem | null>(null);

/** As it is printed on the slip: capitals, a dash in the middle, whatever way it is typed or pasted. */
export function dashed(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, CODE_LENGTH);
  return letters.length > CODE_HALF ? `${letters.slice(0, CODE_HALF)}-${letters.slice(CODE_HALF)}` : letters;
}

export async function enter(credentials: Credentials): Promise<void> {
  problem.value = missing(credentials);
  if (problem.value) return;
  busy.value = true;
  try {
    await signIn(credentials);
    setLang(lang.value);   // this is the language the page was read in
  } catch (error) {
    problem.value = problemOf(error, 'shift_code' in credentials);
  }
  busy.value = false;
}

function missing(credentials: Credentials): Problem | null {
  if ('shift_code' in credentials) return credentials.shift_code ? null : { key: 'signin.missing.code', until: 0 };
  return credentials.name && credentials.password ? null : { key: 'signin.missing', until: 0 };
}

function problemOf(error: unknown, byCode: boolean): Problem {
  if (!(error instanceof HttpError) || error.status >= 500) return { key: 'signin.away', until: 0 };
  const wait = error.retryAfterS;
  if (error.status === 429) return { key: wait >= LOCKED_FROM_S ? 'signin.locked' : 'signin.often', until: Date.now() + wait * 1000 };
  if (error.status === 401) return { key: byCode ? 'signin.wrong.code' : 'signin.wrong', until: 0 };
  return { key: 'signin.failed', until: 0, status: error.status };
}

/** Minutes count down by themselves; whole ones, so that a screen reader is not told each second. */
export function wording(what: Problem | null): string {
  if (!what) return '';
  if (!what.until) return t(what.key, { status: what.status ?? '' });
  tick.value;
  const minutes = Math.ceil((what.until - Date.now()) / 60_000);
  return minutes > 0 ? t(what.key, { n: minutes }) : t('signin.again');
}
