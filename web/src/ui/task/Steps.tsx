// What to do, in order: accept, arrive, photo before, photo after, done. What is done is ticked, what comes next is large; what
// is not sent yet counts, because the worker has done it.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { t } from '../../i18n.ts';
import { keyOf, type Photo, type Task } from '../../task/api.ts';
import { may, progress, type Step } from '../../task/flow.ts';
import { scaled } from '../../task/photo.ts';
import { addPhoto, addStep, mine, sendWaiting } from '../../task/queue.ts';
import { incident, standOf } from '../../task/store.ts';
import { Sheet } from './Sheet.tsx';
import { reasonOf } from './words.ts';

const ON_SITE = 2;
const DONE = 3;
const BACK = 4;

type Asked = 'refuse' | 'pause' | 'plan' | 'resolve' | 'feed_back';
const asked = signal<Asked | null>(null);
const broken = signal(false);

/** Written down first, sent then: the page goes on at once. */
async function take(task: Task, ...steps: Array<[Step, object?]>): Promise<void> {
  asked.value = null;
  for (const [name, more] of steps) {
    const stand = standOf(task);
    if (may(stand, name)) await addStep(keyOf(task), name, stand.state, `"${task.version}"`, more);
  }
  await sendWaiting();
}

export function Steps({ task }: { task: Task }) {
  const stand = standOf(task), at = progress(stand), paused = stand.state === 'paused';
  const photos = incident.value?.photos;   // not there: this server takes none
  const there = !paused && at === ON_SITE;
  return (
    <>
      {paused && <p class="note" data-test="paused">{t('task.paused')}</p>}
      <ol class="steps" aria-label={t('task.steps')}>
        <Row name={t('task.step.accept')} done={at >= 1}><Go task={task} step="accept" /></Row>
        <Row name={t('task.step.arrive')} done={at >= ON_SITE}><Go task={task} step="arrive" main={at >= 1} /></Row>
        {photos && <Shots task={task} kind="before" photos={photos} ready={there} />}
        {photos && <Shots task={task} kind="after" photos={photos} ready={there || at === DONE} />}
        <Row name={t('task.step.resolve')} done={at >= BACK}>
          {may(stand, 'resolve') && <button type="button" class="big is-main" data-test="resolve" onClick={() => { asked.value = 'resolve'; }}>{t('task.step.resolve')}</button>}
          {may(stand, 'feed_back') && <button type="button" class="big is-main" data-test="feed_back" onClick={() => { asked.value = 'feed_back'; }}>{t('task.step.feed_back')}</button>}
        </Row>
      </ol>
      {at >= BACK && <p class="note is-good" role="status" data-test="finished">{t('task.finished')}</p>}
      {broken.value && <p class="note is-away" role="alert">{t('task.photo.broken')}</p>}
      <div class="row" data-test="others">
        {may(stand, 'resume') && <button type="button" class="big is-main" data-test="resume" onClick={() => void take(task, ['resume'])}>{t('task.step.resume')}</button>}
        <Ask task={task} step="pause" /><Ask task={task} step="plan" /><Ask task={task} step="refuse" />
      </div>
      <Sheets task={task} />
    </>
  );
}

function Row({ name, done, children }: { name: string; done: boolean; children: ComponentChildren }) {
  return <li class={done ? 'is-done' : ''}><span class="step-name"><i aria-hidden="true">{done ? '✓' : ''}</i>{name}{done && <span class="unseen">{t('task.ticked')}</span>}</span>{!done && children}</li>;
}

function Go({ task, step, main = true }: { task: Task; step: 'accept' | 'arrive'; main?: boolean }) {
  if (!may(standOf(task), step)) return null;
  return <button type="button" class={`big ${main ? 'is-main' : ''}`} data-test={step} onClick={() => void take(task, [step])}>{t(`task.step.${step}`)}</button>;
}

function Ask({ task, step }: { task: Task; step: 'pause' | 'plan' | 'refuse' }) {
  if (!may(standOf(task), step)) return null;
  return <button type="button" class="big is-quiet" data-test={step} onClick={() => { asked.value = step; }}>{t(`task.step.${step}`)}</button>;
}

/* --- photos --- */

function Shots({ task, kind, photos, ready }: { task: Task; kind: Photo['kind']; photos: Photo[]; ready: boolean }) {
  const name = t(`task.photo.${kind}`);
  const taken = photos.filter((photo) => photo.kind === kind), wait = mine().filter(({ key, photo }) => key === keyOf(task) && photo?.kind === kind);
  return (
    <li class={taken.length + wait.length > 0 ? 'is-done' : ''}>
      <span class="step-name"><i aria-hidden="true">{taken.length + wait.length > 0 ? '✓' : ''}</i>{name}</span>
      {ready && <label class={`big ${taken.length + wait.length > 0 ? 'is-quiet' : ''}`}>{t(taken.length + wait.length > 0 ? 'task.photo.more' : 'task.photo.take')}
        <input type="file" accept="image/*" capture="environment" aria-label={name} data-test={`photo-${kind}`}
          onChange={(event) => { const input = event.currentTarget; void shoot(task, kind, input.files?.[0]).finally(() => { input.value = ''; }); }} /></label>}
      {ready && <small class="hint">{t('task.photo.hint')}</small>}
      <span class="shots">
        {taken.map(({ url, thumb }) => <img key={url} src={thumb} alt={name} width="72" height="72" />)}
        {wait.map((one) => <span key={one.n} class="shot-waits"><img src={one.photo!.thumb} alt={name} width="72" height="72" /><small>{t('task.unsent')}</small></span>)}
      </span>
    </li>
  );
}

async function shoot(task: Task, kind: Photo['kind'], file: File | undefined): Promise<void> {
  if (!file) return;
  try {
    const { blob, thumb } = await scaled(file);
    broken.value = false;
    await addPhoto(keyOf(task), kind, blob, thumb);
  } catch {
    broken.value = true;
    return;
  }
  await sendWaiting();
}

/* --- what needs words --- */

function Sheets({ task }: { task: Task }) {
  const close = () => { asked.value = null; };
  switch (asked.value) {
    case 'refuse': return <Sheet title={t('task.refuse.why')} close={close} send={({ note }) => take(task, ['refuse', { note }])} fields={{ note: t('task.reason') }} />;
    case 'pause': return <Sheet title={t('task.pause.why')} close={close} send={({ choice }) => take(task, ['pause', { note: choice }])}
      choices={task.pause_reasons.map((code) => ({ code, word: reasonOf(code) }))} />;
    case 'plan': return <Sheet title={t('task.plan.what')} close={close} send={({ note, day }) => take(task, ['plan', { note, planned_for: endOf(day!) }])}
      fields={{ note: t('task.plan.text') }} day={t('task.plan.day')} />;
    case 'resolve': return <Sheet title={t('task.resolve.what')} close={close} optional send={({ note }) => take(task, ['resolve', note ? { note } : {}], ['feed_back'])} fields={{ note: t('task.did') }} />;
    case 'feed_back': return <Sheet title={t('task.resolve.what')} close={close} optional send={({ note }) => take(task, ['feed_back', note ? { note } : {}])} fields={{ note: t('task.did') }} />;
    default: return null;
  }
}

/** The end of that day on this phone. */
const endOf = (day: string) => new Date(`${day}T23:59:59`).toISOString();
