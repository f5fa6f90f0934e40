// The way in: account and password, or the code of a shift. What went wrong is said in words, and what to do about it.
import { signal } from '@preact/signals';
import type { ComponentChildren, TargetedKeyboardEvent, TargetedSubmitEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Credentials } from '../api.ts';
import { lang } from '../store.ts';
import { t } from '../i18n.ts';
import { endedByItself } from '../session.ts';
import { CODE_MAX, busy, dashed, enter, problem, wording } from '../signin.ts';
import { Backdrop } from './Backdrop.tsx';
import { LangButton } from './Header.tsx';

type Way = 'account' | 'shift';
const WAYS: Way[] = ['account', 'shift'];

const way = signal<Way>('account');
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
          maxLength={CODE_MAX} data-secret onInput={(event) => { event.currentTarget.value = dashed(event.currentTarget.value); }} {...said()} /></label>
      <p class="signin-help">{t('signin.code.hint')}</p>
    </Form>
  );
}

const said = () => ({ 'aria-describedby': 'signin-problem', 'aria-invalid': problem.value !== null });
const text = (fields: FormData, name: string) => String(fields.get(name) ?? '');
