// The right end of the top bar: who is signed in and the way out; or that nobody needs to sign in, and how to change that.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { enumWord, localTime, t } from '../i18n.ts';
import { may, purposeAsked, session, signOut } from '../session.ts';

const open = signal(false);
const failed = signal(false);

export function Account() {
  return session.value?.open ? <OpenMode /> : <SignedIn />;
}

function SignedIn() {
  const name = session.value?.label || session.value?.name || '';
  const roles = roleWords();
  return (
    <>
      <Popover test="account" face={<><Person /><span class="who"><b>{name}</b><small>{roles[0]}</small></span></>}
        label={t('account.label', { name })}>
        <h2>{name}</h2>
        <p class="account-name">{session.value?.name}</p>
        <dl class="facts">
          <div class="is-wide"><dt>{t('account.roles')}</dt><dd>{roles.join(' · ')}</dd></div>
          {may('unit') && <div class="is-wide"><dt>{t('account.purpose')}</dt><dd>{purposeWords()}</dd></div>}
          {session.value?.expires_at && <div class="is-wide"><dt>{t('account.until')}</dt><dd>{until(session.value.expires_at)}</dd></div>}
        </dl>
        {may('unit') && <button type="button" class="button" data-test="purpose-change"
          onClick={() => { open.value = false; purposeAsked.value = true; }}>{t('account.purpose.change')}</button>}
      </Popover>
      <button type="button" class="button account-out" data-test="sign-out" aria-label={t('account.out')} title={t('account.out')} onClick={leave}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M14 4.5H6v15h8M10.5 12H20M16.5 8.5L20 12l-3.5 3.5" /></svg>
        <span>{t('account.out')}</span>
      </button>
      {failed.value && <p class="account-failed" role="alert">{t('account.out.failed')}</p>}
    </>
  );
}

async function leave(): Promise<void> {
  failed.value = false;
  try {
    await signOut();
  } catch {
    failed.value = true;
  }
}

function OpenMode() {
  return (
    <Popover test="open-mode" face={<><OpenLock /><span class="who"><b>{t('open.short')}</b><small>{t('open.says')}</small></span></>}
      label={t('open.title')}>
      <h2>{t('open.title')}</h2>
      <p>{t('open.why')}</p>
      <p>{t('open.do')}</p>
      <code>{t('open.cmd')}</code>
    </Popover>
  );
}

/** A button that unfolds a small panel; Escape and a click elsewhere fold it. */
function Popover({ face, label, test, children }: { face: ComponentChildren; label: string; test: string; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const outside = (event: Event) => { if (!box.current?.contains(event.target as Node)) open.value = false; };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, []);
  return (
    <div class="account" ref={box} onKeyDown={(event) => {
      if (event.key !== 'Escape' || !open.value) return;
      event.preventDefault();
      open.value = false;
      box.current?.querySelector('button')?.focus();
    }}>
      <button type="button" class="button account-face" aria-label={label} aria-expanded={open.value} aria-controls="account-panel"
        data-test={test} onClick={() => { open.value = !open.value; }}>{face}</button>
      {open.value && <section id="account-panel" class="account-panel" aria-label={label}>{children}</section>}
    </div>
  );
}

const roleWords = () => (session.value?.roles ?? []).map((role) => enumWord('role', role, 'role.other'));

function purposeWords(): string {
  const purpose = session.value?.purpose;
  return purpose ? enumWord('purpose', purpose, null) || purpose : t('account.purpose.none');
}

const until = (iso: string) => localTime(Date.parse(iso), { month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit' });

function Person() {
  return <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="8.2" r="3.7" /><path d="M4.8 19.5c.8-3.9 3.6-6 7.2-6s6.4 2.1 7.2 6" /></svg>;
}

function OpenLock() {
  return <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5.5 11h13v8.5h-13zM8.5 11V7.5a3.5 3.5 0 0 1 6.8-1.2" /></svg>;
}
