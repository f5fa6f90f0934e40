// One task: where it is, how much time is left, and what to do next, as big buttons in order.
import { useEffect, useRef } from 'preact/hooks';
import { enumWord, localTime, t } from '../../i18n.ts';
import { standingOf } from '../../incident.ts';
import { serverNow, tick } from '../../store.ts';
import { keyOf, type Task } from '../../task/api.ts';
import { gone, incident, loadIncident, tasks } from '../../task/store.ts';
import { Steps } from './Steps.tsx';
import { Clocks, TimeLeft } from './TimeLeft.tsx';
import { Troubles } from './Troubles.tsx';
import { whatOf, whereOf } from './words.ts';

/** What somebody wrote to whoever goes; a pause's note is a code, and what is told to others is not for here. */
const TOLD = ['report', 'dispatch', 'comment', 'supervise', 'urge', 'rework'];

export function One({ at }: { at: string }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => { void loadIncident(at); head.current?.focus(); }, [at]);
  const task = tasks.value?.find((one) => keyOf(one) === at);
  return (
    <>
      <a class="back" href="#" data-test="back">‹ {t('task.back')}</a>
      <Troubles at={at} />
      {task ? <Whole task={task} head={head} /> : <p class="is-empty" role="status" data-test="gone">{t(gone.value || tasks.value ? 'task.gone' : 'app.loading')}</p>}
    </>
  );
}

function Whole({ task, head }: { task: Task; head: { current: HTMLHeadingElement | null } }) {
  tick.value;
  return (
    <article class="one" data-standing={standingOf(task, serverNow())} data-state={task.state}>
      <div class="one-head">
        <h2 tabIndex={-1} ref={head}>{whatOf(task)} <em class="chip">{enumWord('incident.severity', task.severity, null)}</em>{task.drill && <em class="chip">{t('incident.drill')}</em>}</h2>
        <TimeLeft task={task} />
      </div>
      <p class="one-title">{task.title}</p>
      <p class="one-where" data-test="where">{whereOf(task).map((part) => <span key={part}>{part}</span>)}</p>
      <Way task={task} />
      <Steps task={task} />
      <Told />
      <details class="more"><summary>{t('task.clocks')}</summary><Clocks task={task} /></details>
    </article>
  );
}

/** RFC 5870, longitude last; the map that answers is the phone's own. */
function Way({ task }: { task: Task }) {
  if (task.lon == null || task.lat == null) return null;
  const point = `${task.lat.toFixed(6)},${task.lon.toFixed(6)}`;
  return <a class="big" href={`geo:${point}?q=${point}(${encodeURIComponent(whereOf(task).join(' '))})`} data-test="geo">{t('task.map')}</a>;
}

function Told() {
  const notes = incident.value?.steps.filter(({ step, note }) => note && TOLD.includes(step)) ?? [];
  if (notes.length === 0) return null;
  return <section class="told"><h3>{t('task.told')}</h3><ul>{notes.map(({ id, at, note }) =>
    <li key={id}><small>{localTime(Date.parse(at), { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })}</small>{note}</li>)}</ul></section>;
}
