// The page's frame: who is at work, whether there is a network, and either the list or one task.
import { age, setLang, t } from '../../i18n.ts';
import { session, signOut } from '../../session.ts';
import { lang, tick } from '../../store.ts';
import { mine, unkept } from '../../task/queue.ts';
import { carries, heardAt, offline, opened, tasks } from '../../task/store.ts';
import { Enter } from './Enter.tsx';
import { List } from './List.tsx';
import { One } from './One.tsx';

export function TaskApp() {
  if (!session.value) return <main class="page is-empty"><p role="status">{t(offline.value ? 'away.title' : 'app.loading')}</p></main>;
  if (!carries.value) return <Enter />;
  const key = opened.value;
  return (
    <>
      <Bar />
      <Notes />
      <main class="page" id="main">{key ? <One key={key} at={key} /> : <List />}</main>
    </>
  );
}

export function LangButton() {
  return <button type="button" class="small" title={t('lang.switch')} data-test="lang" onClick={() => setLang(lang.value === 'zh' ? 'en' : 'zh')}>{t('lang.other')}</button>;
}

function Bar() {
  const { name, label } = session.value!;
  const leave = () => { if (mine().length === 0 || confirm(t('task.leave', { n: mine().length }))) void signOut().catch(() => { offline.value = true; }); };
  return (
    <header class="bar">
      <h1>{t('task.title.short')}<small data-test="who">{label || name}</small></h1>
      <LangButton />
      <button type="button" class="small" data-test="out" onClick={leave}>{t('account.out')}</button>
    </header>
  );
}

/** What a worker must know before anything else; said to a screen reader when it changes. */
function Notes() {
  tick.value;
  const count = mine().filter(({ trouble }) => !trouble).length;
  const old = heardAt.value ? t('task.heard', { age: age((Date.now() - heardAt.value) / 1000) }) : '';
  return (
    <div class="notes" role="status">
      {offline.value && <p class="note is-away" data-test="offline"><b>{t('task.offline')}</b> {t('task.offline.hint')}{tasks.value && <small aria-hidden="true">{old}</small>}</p>}
      {count > 0 && <p class="note" data-test="waiting">{t('task.waiting', { n: count })}</p>}
      {unkept.value && <p class="note is-away">{t('task.unkept')}</p>}
    </div>
  );
}
