// Why somebody looks at live positions and cameras: asked once a session, recorded with every such look.
import { signal } from '@preact/signals';
import type { TargetedSubmitEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n.ts';
import { PURPOSES, purposeAsked, savePurpose, session } from '../session.ts';
import type { Key } from '../words.ts';

const OTHER = 'other';
const SHORTEST = 3;
const LONGEST = 200;

const chosen = signal<string>('');
const problem = signal<Key | null>(null);
const busy = signal(false);

export function PurposeDialog() {
  return purposeAsked.value ? <Dialog /> : null;
}

function Dialog() {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    chosen.value = session.peek()?.purpose ? known(session.peek()!.purpose!) : '';
    problem.value = null;
    box.current?.showModal();
  }, []);
  return (
    <dialog ref={box} class="purpose" aria-labelledby="purpose-title" aria-describedby="purpose-why" data-test="purpose"
      onClose={() => { purposeAsked.value = false; }}>
      <form onSubmit={submit} noValidate>
        <h2 id="purpose-title">{t('purpose.title')}</h2>
        <p id="purpose-why">{t('purpose.why')}</p>
        <Choices />
        <p class="signin-problem" role="alert" data-test="purpose-problem">{problem.value ? t(problem.value) : ''}</p>
        <p class="purpose-recorded"><Eye />{t('purpose.recorded')}</p>
        <div class="purpose-end">
          <button type="button" class="button" data-test="purpose-later" onClick={() => box.current?.close()}>{t('purpose.later')}</button>
          <button type="submit" class="button is-main" aria-disabled={busy.value} data-test="purpose-save">{t('purpose.save')}</button>
        </div>
      </form>
    </dialog>
  );
}

function Choices() {
  const own = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => { if (chosen.value === OTHER) own.current?.focus(); }, [chosen.value]);
  const text = session.value?.purpose ?? '';
  return (
    <fieldset class="choices">
      <legend>{t('purpose.choose')}</legend>
      {[...PURPOSES, OTHER].map((one) => (
        <label key={one} class="choice">
          <input type="radio" name="purpose" value={one} checked={chosen.value === one} onChange={() => { chosen.value = one; problem.value = null; }} />
          <span><b>{t(`purpose.${one}` as Key)}</b><small>{t(`purpose.${one}.hint` as Key)}</small></span>
        </label>
      ))}
      {chosen.value === OTHER && <label class="field purpose-own"><span>{t('purpose.own')}</span>
        <input ref={own} name="own" maxLength={LONGEST} autoComplete="off" defaultValue={known(text) === OTHER ? text : ''} /></label>}
    </fieldset>
  );
}

const known = (purpose: string) => (PURPOSES as readonly string[]).includes(purpose) ? purpose : OTHER;

async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
  event.preventDefault();
  const own = String(new FormData(event.currentTarget).get('own') ?? '').trim();
  problem.value = !chosen.value ? 'purpose.none' : chosen.value === OTHER && own.length < SHORTEST ? 'purpose.short' : null;
  if (problem.value || busy.value) return;
  busy.value = true;
  try {
    await savePurpose(chosen.value === OTHER ? own : chosen.value);
    purposeAsked.value = false;
  } catch {
    problem.value = 'purpose.failed';
  }
  busy.value = false;
}

function Eye() {
  return <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" /><circle cx="12" cy="12" r="2.8" /></svg>;
}
