// Starts /task, the page of who carries incidents out: on a phone, without the map. Asks who is signed in, then every few
// seconds for the tasks, and sends what waits.
import { effect } from '@preact/signals';
import { render } from 'preact';
import './task.css';
import { chooseLang, t, titled } from './i18n.ts';
import { learnSession, savePurpose, session, watchSession } from './session.ts';
import { tick } from './store.ts';
import { openQueue, sendWaiting } from './task/queue.ts';
import { carries, loadTasks, offline, readAddress } from './task/store.ts';
import { TaskApp } from './ui/task/TaskApp.tsx';

const ASK_MS = 10_000;
const RETRY_MS = 3_000;
const TICK_MS = 1_000;

async function look(): Promise<void> {
  if (!carries.peek() || document.hidden) return;
  await sayPurpose();
  await sendWaiting();
  await loadTasks();
}

/** Photos ask what for, and here there is but one answer. */
async function sayPurpose(): Promise<void> {
  if (!session.peek()?.purpose) await savePurpose(t('task.purpose')).catch(() => undefined);
}

async function start(): Promise<void> {
  titled('task.title');
  chooseLang(false);
  readAddress();
  addEventListener('hashchange', readAddress);
  setInterval(() => { tick.value = Date.now(); }, TICK_MS);
  render(<TaskApp />, document.getElementById('app')!);
  await openQueue();
  await known();
  watchSession();
  effect(() => { if (carries.value) void look(); });
  setInterval(() => void look(), ASK_MS);
  for (const event of ['online', 'focus', 'visibilitychange']) addEventListener(event, () => void look());
}

/** Who is signed in; asked until the server answers. */
async function known(): Promise<void> {
  for (;;) {
    try {
      await learnSession();
      offline.value = false;
      return;
    } catch {
      offline.value = true;
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

void start();
