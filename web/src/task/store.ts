// What /task knows: the tasks as the server said them last, the one that is open, and whether it can be reached.
import { computed, signal } from '@preact/signals';
import { checkSession, isIn, may, session } from '../session.ts';
import { getIncident, getTasks, keyOf, type Incident, type Task } from './api.ts';
import { after, type Stand } from './flow.ts';
import { mine } from './queue.ts';

export const tasks = signal<readonly Task[] | null>(null);   // null: not heard yet
export const offline = signal(false);
export const heardAt = signal(0);
/** Where everybody is administrator nobody has tasks, so there, too, a shift signs in. */
export const carries = computed(() => isIn.value && session.value?.open !== true && may('carry'));

let tag = '';

export async function loadTasks(): Promise<void> {
  const answer = await getTasks(tag);
  offline.value = answer.status === 0;
  if (answer.status === 401) await checkSession();
  if (answer.status !== 200 && answer.status !== 304) return;
  heardAt.value = Date.now();
  if (answer.status === 304) return;
  tag = answer.tag;
  tasks.value = (answer.body as { tasks: Task[] }).tasks;
  if (opened.peek()) await loadIncident(opened.peek()!);
}

/* --- the one that is open: #/17/88 --- */

export const opened = signal<string | null>(null);
export const incident = signal<Incident | null>(null);
/** The server says that it is not ours (any more). */
export const gone = signal(false);

export function readAddress(): void {
  opened.value = /^#\/(\d+\/\d+)$/.exec(location.hash)?.[1] ?? null;
  incident.value = null;
  gone.value = false;
  if (opened.value && carries.peek()) void loadIncident(opened.value);
}

export async function loadIncident(key: string): Promise<void> {
  const answer = await getIncident(key);
  if (answer.status === 200) sawIncident(answer.body as Incident);
  if (key === opened.peek()) gone.value = answer.status === 403 || answer.status === 404;
}

export function sawIncident(seen: Incident): void {
  if (keyOf(seen) === opened.peek()) incident.value = seen;
}

/** Where a task stands when all that waits has been sent. */
export const standOf = (task: Task): Stand =>
  mine().filter(({ key, step }) => step && key === keyOf(task)).reduce<Stand>((stand, { step }) => after(stand, step!.name), task);
