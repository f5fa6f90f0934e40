// Top bar: who we are, the estate's clock, how old the data is, demo badge, language, who is signed in.
import { age, localTime, setLang, t } from '../i18n.ts';
import { may, purposeMissing } from '../session.ts';
import { ageOf, feedHeard, feedLive, lang, link, onDuty, serverNow, staleEstates, tick, tileJson } from '../store.ts';
import { Account } from './Account.tsx';

const AMBER_S = 10;
const RED_S = 60;

export function Header() {
  return (
    <header class="bar">
      <div class="brand">
        <img src="icon.svg" alt="" width="32" height="32" />
        <div>
          <h1>{t('app.name')}{lang.value === 'zh' && <small> Hutong</small>}</h1>
          <p>{t('app.sub')}</p>
        </div>
        {tileJson.value?.demo && <span class="badge" title={t('badge.demo.hint')}>{t('badge.demo')}</span>}
      </div>
      <Clock />
      <div class="bar-end">
        {(may('unit') || may('record')) && <FeedAge />}
        <LangButton />
        <Account />
      </div>
    </header>
  );
}

export function LangButton() {
  return <button class="button" type="button" title={t('lang.switch')} data-test="lang"
    onClick={() => setLang(lang.value === 'zh' ? 'en' : 'zh')}>{t('lang.other')}</button>;
}

function Clock() {
  tick.value;
  const now = serverNow();
  const day = lang.value === 'zh'
    ? { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' } as const
    : { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  return (
    <div class="clock">
      <time>{localTime(now, { hour: '2-digit', minute: '2-digit', second: '2-digit' })}</time>
      <span>{localTime(now, day)}</span>
    </div>
  );
}

function FeedAge() {
  const { tone, text } = feedState();
  const heard = link.value !== 'off' && feedHeard.value > 0 ? t('feed.heard', { age: age(sinceHeard()) }) : '';
  return <div class={`feed is-${tone}`} role="status" aria-live="off" data-test="feed" data-tone={tone}
    title={tone === 'green' ? t('feed.live') : ''}>
    <i aria-hidden="true" /><span>{text}{heard && <small data-test="feed-age">{heard}</small>}</span>
  </div>;
}

/** Seconds since the server was last known to be in step with the database. */
const sinceHeard = () => Math.max(0, (Date.now() - feedHeard.value) / 1000);

interface FeedState { tone: 'green' | 'amber' | 'red' | 'idle'; text: string }

/** The age of the newest fix, which is what a viewer must trust; whether there can be any newer one goes before it. */
function feedState(): FeedState {
  tick.value;
  if (link.value === 'lost') return { tone: 'red', text: t('feed.lost') };
  if (link.value === 'connecting') return { tone: 'idle', text: t('feed.connecting') };
  if (link.value === 'live' && !feedLive.value) return { tone: 'red', text: t('feed.away', { age: age(sinceHeard()) }) };
  if (staleEstates.value.size > 0) return { tone: 'amber', text: t('feed.stale', { n: staleEstates.value.size }) };
  if (may('unit') && purposeMissing.value) return { tone: 'idle', text: t('feed.off') };
  return may('unit') ? fixState() : { tone: 'green', text: t('feed.live') };
}

function fixState(): FeedState {
  if (onDuty.value.size === 0) return { tone: 'idle', text: t('feed.none') };
  const now = serverNow();
  let newest = Infinity;
  for (const unit of onDuty.value.values()) newest = Math.min(newest, ageOf(unit, now));
  if (newest > RED_S) return { tone: 'red', text: t('feed.silent', { age: age(newest) }) };
  return { tone: newest > AMBER_S ? 'amber' : 'green', text: t('feed.age', { age: age(newest) }) };
}
