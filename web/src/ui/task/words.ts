// A task in words: what, where, and how much time is left.
import { enumWord, pickName, t } from '../../i18n.ts';
import { split } from '../../incident.ts';
import type { Clock, Task } from '../../task/api.ts';
import type { Stand } from '../../task/flow.ts';

export const whatOf = (task: Task) => pickName({ name: task.category_name, name_en: task.category_name_en });

/** The zone where there is no building to go to. */
export function whereOf(task: Task): string[] {
  const building = pickName({ name: task.building ?? null, name_en: task.building_en ?? null });
  const storey = task.storey == null ? '' : t('dossier.storey', { n: task.storey });
  const zone = pickName({ name: task.zone ?? null, name_en: task.zone_en ?? null });
  return [pickName({ name: task.estate, name_en: task.estate_en ?? null }), building ? [building, storey].filter(Boolean).join(' ') : zone].filter(Boolean);
}

/** Numbers with their units, the two largest: 1 天 3 小时, 4 分 12 秒. */
export function lengthOf(ms: number): string {
  const { days, hours, minutes, seconds } = split(ms);
  if (days > 0) return t('task.dh', { d: days, h: hours });
  return hours > 0 ? t('age.hm', { h: hours, m: minutes }) : t('task.ms', { m: minutes, s: seconds });
}

export const leftOf = (clock: Clock, now: number): number => clock.due_at && clock.runs ? Date.parse(clock.due_at) - now : (clock.left_s ?? NaN) * 1000;

export const stateOf = ({ state }: Stand) => enumWord('incident.state', state, 'incident.state.other');
export const reasonOf = (code: string) => enumWord('task.reason', code, null) || code;
