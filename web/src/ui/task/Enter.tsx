// The way in, for a phone: the code of the shift; who has an account - a department's office - signs in by that.
import { signal } from '@preact/signals';
import type { TargetedSubmitEvent } from 'preact';
import { t } from '../../i18n.ts';
import { endedByItself, session, signOut } from '../../session.ts';
import { CODE_MAX, busy, dashed, enter, problem, wording } from '../../signin.ts';
import { LangButton } from './TaskApp.tsx';

const byAccount = signal(false);
const ended = endedByItself();

export function Enter() {
  const { open, signed_in } = session.value!;
  const other = signed_in && !open;   // somebody is in who has no tasks
  return (
    <main class="page enter">
      <div class="corner"><LangButton /></div>
      <header><img src="icon.svg" alt="" width="64" height="64" /><h1>{t('task.title')}</h1></header>
      {ended && <p class="note" role="status">{t('signin.ended')}</p>}
      {other ? <Other /> : byAccount.value ? <AccountForm /> : <CodeForm />}
      <p class="foot">{t('signin.recorded')}</p>
    </main>
  );
}

function Other() {
  return <><p class="note is-away" data-test="no-tasks-look">{t('task.notyours')}</p>
    <button type="button" class="big" onClick={() => void signOut()}>{t('account.out')}</button></>;
}

const said = () => ({ 'aria-describedby': 'problem', 'aria-invalid': problem.value !== null });
const text = (form: HTMLFormElement, name: string) => String(new FormData(form).get(name) ?? '');

function Foot({ other }: { other: 'signin.account' | 'signin.shift' }) {
  return <>
    <p class="problem" role="alert" id="problem" data-test="problem">{wording(problem.value)}</p>
    <button type="submit" class="big is-main" aria-disabled={busy.value} data-test="submit">{t(busy.value ? 'signin.busy' : 'signin.do')}</button>
    <button type="button" class="link" onClick={() => { byAccount.value = !byAccount.value; problem.value = null; }}>{t(other)}</button>
  </>;
}

function CodeForm() {
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy.value) void enter({ shift_code: text(event.currentTarget, 'code') });
  };
  return (
    <form onSubmit={submit} noValidate>
      <label class="field"><span>{t('signin.code')}</span>
        <input name="code" class="is-code" autoComplete="one-time-code" autoCapitalize="characters" spellcheck={false} placeholder="XXXXX-XXXXX"
          maxLength={CODE_MAX} onInput={(event) => { event.currentTarget.value = dashed(event.currentTarget.value); }} {...said()} /></label>
      <p class="hint">{t('signin.code.hint')}</p>
      <Foot other="signin.account" />
    </form>
  );
}

function AccountForm() {
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy.value) void enter({ name: text(event.currentTarget, 'name').trim(), password: text(event.currentTarget, 'password') });
  };
  return (
    <form onSubmit={submit} noValidate>
      <label class="field"><span>{t('signin.name')}</span>
        <input name="name" autoComplete="username" autoCapitalize="none" spellcheck={false} maxLength={64} {...said()} /></label>
      <label class="field"><span>{t('signin.password')}</span>
        <input name="password" type="password" autoComplete="current-password" maxLength={128} {...said()} /></label>
      <Foot other="signin.shift" />
    </form>
  );
}
