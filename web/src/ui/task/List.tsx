// The tasks, by the time that is left: what is one's own, what nobody has taken yet, and what is done and being checked.
import { t } from '../../i18n.ts';
import { standingOf } from '../../incident.ts';
import { serverNow, tick } from '../../store.ts';
import { keyOf, type Task } from '../../task/api.ts';
import { progress } from '../../task/flow.ts';
import { mine } from '../../task/queue.ts';
import { standOf, tasks } from '../../task/store.ts';
import { TimeLeft } from './TimeLeft.tsx';
import { stateOf, whatOf, whereOf } from './words.ts';

const DONE_FROM = 3;

export function List() {
  const all = tasks.value;
  if (!all) return <p class="is-empty" role="status">{t('app.loading')}</p>;
  const done = all.filter((task) => progress(standOf(task)) >= DONE_FROM), open = all.filter((task) => !done.includes(task));
  const free = open.filter((task) => task.free && progress(standOf(task)) === 0), own = open.filter((task) => !free.includes(task));
  return (
    <>
      {open.length === 0 && <div class="is-empty" data-test="none"><b>{t('task.none')}</b><p>{t('task.none.hint')}</p></div>}
      <Part name={t('task.own')} tasks={own} test="own" />
      <Part name={t('task.free')} tasks={free} test="free" />
      <Part name={t('task.done')} tasks={done} test="done" />
    </>
  );
}

function Part({ name, tasks: some, test }: { name: string; tasks: readonly Task[]; test: string }) {
  if (some.length === 0) return null;
  return <section class="part" data-test={test}><h2>{name} <b>{some.length}</b></h2><ul>{some.map((task) => <Card key={keyOf(task)} task={task} />)}</ul></section>;
}

function Card({ task }: { task: Task }) {
  tick.value;
  const waits = mine().some(({ key }) => key === keyOf(task));
  return (
    <li><a class="card" href={`#/${keyOf(task)}`} data-standing={standingOf(task, serverNow())} data-task={keyOf(task)}>
      <span class="card-what"><b>{whatOf(task)}</b>{task.drill && <em class="chip">{t('incident.drill')}</em>}<em class="chip">{stateOf(standOf(task))}</em>
        {waits && <em class="chip is-waiting">{t('task.unsent')}</em>}</span>
      <span>{task.title}</span>
      <span class="card-where">{whereOf(task).join(' · ')}</span>
      <TimeLeft task={task} />
    </a></li>
  );
}
