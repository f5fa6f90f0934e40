// The time until the next clock breaks, running; not read out each second.
import { enumWord, t } from '../../i18n.ts';
import { standingOf } from '../../incident.ts';
import { serverNow, tick } from '../../store.ts';
import type { Task } from '../../task/api.ts';
import { lengthOf, leftOf } from './words.ts';

export function TimeLeft({ task }: { task: Task }) {
  tick.value;
  const now = serverNow(), standing = standingOf(task, now);
  if (standing === 'still') return <span class="time is-still">{t('incident.still')}</span>;
  const left = Date.parse(task.breach_at!) - now;
  return <span class={`time is-${standing}`} role="timer" aria-live="off" data-test="time">
    <small>{t(standing === 'over' ? 'task.over' : 'task.left', { stage: enumWord('task.stage', task.breach_stage, null) })}</small> <b>{lengthOf(left)}</b></span>;
}

/** Each clock that has not stopped. */
export function Clocks({ task }: { task: Task }) {
  tick.value;
  const now = serverNow();
  return <dl class="clocks">{task.clocks.map((clock) => {
    const left = leftOf(clock, now);
    const word = !clock.runs ? t('task.stands', { time: lengthOf(left) }) : Number.isNaN(left) ? '' : left > 0 ? lengthOf(left) : t('incident.over.by', { time: lengthOf(left) });
    return <div key={clock.stage} class={clock.runs && left <= 0 ? 'is-over' : ''}><dt>{enumWord('task.stage', clock.stage, null)}</dt><dd>{word}</dd></div>;
  })}</dl>;
}
