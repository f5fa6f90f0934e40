// The way in: account and password, or the code of a shift. What went wrong is said in words, and what to do about it.
import { signal } from '@preact/signals';
import type { ComponentChildren, TargetedKeyboardEvent, TargetedSubmitEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { HttpError, type Credentials } from '../api.ts';
import { lang, tick } from '../store.ts';
import { setLang, t } from '../i18n.ts';
import { endedByItself, signIn } from '../session.ts';
import type { Key } from '../words.ts';
import { Backdrop } from './Backdrop.tsx';
import { LangButton } from './Header.tsx';

type Way = 'account' | 'shift';
const WAYS: Way[] = ['account', 'shift'];
/** An address waits a minute at most; who must wait longer has a locked account. */
const LOCKED_FROM_S = 61;
const CODE_LENGTH = 10;
const CODE_HALF = 5;

interface Problem { key: Key; until: number; status?: number }

const way = signal<Way>('account');
const busy = signal(false);
const problem = signal<Problem | null>(null);
const ended = endedByItself();
let intoForm = true;   // not while arrow keys walk over the tabs: the focus stays there

export function SignIn() {
  return (
    <div class="signin">
      <Backdrop />
      <div class="signin-corner"><LangButton /></div>
      <main class="signin-card">
        <header class="signin-brand">
          <img src="icon.svg" alt="" width="56" height="56" />
          <h1>{t('app.name')}{lang.value === 'zh' && <small> Hutong</small>}</h1>
          <p>{t('app.sub')}</p>
        </header>
        {ended && !problem.value && <p class="signin-ended" role="status" data-test="ended">{t('signin.ended')}</p>}
        <Tabs />
        <div role="tabpanel" id="signin-panel" aria-labelledby={`tab-${way.value}`}>
          {way.value === 'account' ? <AccountForm /> : <ShiftForm />}
        </div>
      </main>
      <p class="signin-foot">{t('signin.recorded')}</p>
    </div>
  );
}

function Tabs() {
  return (
    <div class="tabs" role="tablist" aria-label={t('signin.ways')} onKeyDown={walk}>
      {WAYS.map((one) => (
        <button key={one} type="button" role="tab" id={`tab-${one}`} aria-controls="signin-panel" aria-selected={way.value === one}
          tabIndex={way.value === one ? 0 : -1} onClick={() => choose(one, true)}>{t(`signin.${one}`)}</button>
      ))}
    </div>
  );
}

function choose(next: Way, focusForm: boolean): void {
  intoForm = focusForm;
  way.value = next;
  problem.value = null;
}

function walk(event: TargetedKeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  const other = way.value === 'account' ? 'shift' : 'account';
  choose(other, false);
  document.getElementById(`tab-${other}`)?.focus();
}

function Form({ read, children }: { read: (fields: FormData) => Credentials; children: ComponentChildren }) {
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => { if (intoForm) form.current?.querySelector('input')?.focus(); }, []);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy.value) return;
    await enter(read(new FormData(event.currentTarget)));
    const secret = form.current?.querySelector<HTMLInputElement>('[data-secret]');
    secret?.focus();
    secret?.select();
  };
  return (
    <form ref={form} class="signin-form" onSubmit={submit} noValidate>
      {children}
      <p class="signin-problem" role="alert" id="signin-problem" data-test="problem">{wording(problem.value)}</p>
      <button type="submit" class="button is-main" aria-disabled={busy.value} data-test="submit">
        {busy.value && <i class="spinner" aria-hidden="true" />}{t(busy.value ? 'signin.busy' : 'signin.do')}</button>
    </form>
  );
}

function AccountForm() {
  return (
    <Form key="account" read={(fields) => ({ name: text(fields, 'name').trim(), password: text(fields, 'password') })}>
      <label class="field"><span>{t('signin.name')}</span>
        <input name="name" autoComplete="username" autoCapitalize="none" spellcheck={false} maxLength={64} {...said()} /></label>
      <label class="field"><span>{t('signin.password')}</span>
        <input name="password" type="password" autoComplete="current-password" maxLength={128} data-secret {...said()} /></label>
      <p class="signin-help">{t('signin.forgotten')} <code>{t('signin.forgotten.cmd')}</code></p>
    </Form>
  );
}

function ShiftForm() {
  return (
    <Form key="shift" read={(fields) => ({ shift_code: text(fields, 'code') })}>
      <label class="field"><span>{t('signin.code')}</span>
        <input name="code" class="is-code" autoComplete="one-time-code" autoCapitalize="characters" spellcheck={false} placeholder="XXXXX-XXXXX"
          maxLength={CODE_LENGTH + 1} data-secret onInput={(event) => { event.currentTarget.value = dashed(event.currentTarget.value); }} {...said()} /></label>
      <p class="signin-help">{t('signin.code.hint')}</p>
    </Form>
  );
}

const said = () => ({ 'aria-describedby': 'signin-problem', 'aria-invalid': problem.value !== null });
const text = (fields: FormData, name: string) => String(fields.get(name) ?? '');

/** As it is printed on the slip: capitals, a dash in the middle, whatever way it is typed or pasted. */
function dashed(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, CODE_LENGTH);
  return letters.length > CODE_HALF ? `${letters.slice(0, CODE_HALF)}-${letters.slice(CODE_HALF)}` : letters;
}

async function enter(credentials: Credentials): Promise<void> {
  problem.value = missing(credentials);
  if (problem.value) return;
  busy.value = true;
  try {
    await signIn(credentials);
    setLang(lang.value);   // this is the language the page was read in
  } catch (error) {
    problem.value = problemOf(error);
  }
  busy.value = false;
}

function missing(credentials: Credentials): Problem | null {
  if ('shift_code' in credentials) return credentials.shift_code ? null : { key: 'signin.missing.code', until: 0 };
  return credentials.name && credentials.password ? null : { key: 'signin.missing', until: 0 };
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof HttpError) || error.status >= 500) return { key: 'signin.away', until: 0 };
  const wait = error.retryAfterS;
  if (error.status === 429) return { key: wait >= LOCKED_FROM_S ? 'signin.locked' : 'signin.often', until: Date.now() + wait * 1000 };
  if (error.status === 401) return { key: way.value === 'shift' ? 'signin.wrong.code' : 'signin.wrong', until: 0 };
  return { key: 'signin.failed', until: 0, status: error.status };
}

/** Minutes count down by themselves; whole ones, so that a screen reader is not told each second. */
function wording(what: Problem | null): string {
  if (!what) return '';
  if (!what.until) return t(what.key, { status: what.status ?? '' });
  tick.value;
  const minutes = Math.ceil((what.until - Date.now()) / 60_000);
  return minutes > 0 ? t(what.key, { n: minutes }) : t('signin.again');
}
