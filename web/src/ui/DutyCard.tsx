// Today's or tonight's windows in figures: how many were met, with their denominator, and which were not.
import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { HttpError, getDutySummary, getWindows, type DutyGroup, type DutySummary, type DutyWindow } from '../api.ts';
import { STATES, isNow, rate, spanOf, type Counts, type Period } from '../due.ts';
import { enumWord, localTime, number, pickName, t } from '../i18n.ts';
import { select } from '../map/view.ts';
import { may } from '../session.ts';
import { buildingNews, buildingStates, estates, serverNow, tick, timeZone, visible } from '../store.ts';
import type { Key } from '../words.ts';

const REFRESH_MS = 20_000;
const MISSED_MAX = 6;
const GROUPS_MAX = 4;
const DAWN_UNTIL = 8, DUSK_FROM = 20;   // when the night is what one wants to hear of

interface Answer { period: Period; summary: DutySummary | null; missed: DutyWindow[]; failed: boolean }
const period = signal<Period | null>(null);   // null: as the clock says
const answer = signal<Answer | null>(null);
/** Does any building owe anything? Without duties there is nothing to ask for, and no card. */
const owed = signal(false);
effect(() => { buildingNews.value; owed.value = owed.peek() || [...buildingStates.values()].some((state) => state.due_at || state.breach_at || state.verdict); });

const nowPeriod = (): Period => {
  const hour = Number(localTime(serverNow(), { hour: '2-digit' }).replace(/\D/g, ''));
  return period.value ?? (hour >= DUSK_FROM || hour < DAWN_UNTIL ? 'night' : 'day');
};

async function read(which: Period, signal: AbortSignal): Promise<void> {
  const { from, to } = spanOf(which, serverNow(), timeZone.peek());
  try {
    const [summary, missed] = await Promise.all([getDutySummary(from, to, signal), getWindows(from, to, { verdict: 'missed', limit: MISSED_MAX }, signal)]);
    answer.value = { period: which, summary, missed: missed ?? [], failed: false };
  } catch (error) {
    if (signal.aborted) return;
    const old = answer.peek();
    answer.value = { period: which, summary: old?.period === which ? old.summary : null, missed: old?.period === which ? old.missed : [],
      failed: !(error instanceof HttpError) || error.status >= 500 };
  }
}

export function DutyCard() {
  const wanted = may('record') && (owed.value || visible.value.duties);
  const which = nowPeriod();
  useEffect(() => {
    if (!wanted) return;
    const abort = new AbortController();
    void read(which, abort.signal);
    const timer = setInterval(() => void read(which, abort.signal), REFRESH_MS);
    return () => { abort.abort(); clearInterval(timer); };
  }, [wanted, which]);
  if (!wanted) return null;
  const known = answer.value?.period === which ? answer.value : null;
  return (
    <section class="list duty-card" aria-label={t('duty.title')} data-test="duty-card">
      <h2>{t('duty.title')}<label class="duty-switch">{t('duty.show')}
        <input type="checkbox" role="switch" checked={visible.value.duties} data-test="duty-switch"
          onChange={() => { visible.value = { ...visible.value, duties: !visible.value.duties }; }} /></label></h2>
      <Periods which={which} />
      {known?.failed && <p class="hint">{t('duty.failed')}</p>}
      {known?.summary && all(known.summary.total) > 0 ? <Figures summary={known.summary} missed={known.missed} />
        : known && !known.failed && <p class="hint" data-test="duty-none"><b>{t('duty.none')}</b>{t('duty.none.hint')}</p>}
    </section>
  );
}

const all = (counts: Counts) => counts.due + counts.pending + counts.open;

function Periods({ which }: { which: Period }) {
  tick.value;
  const night = isNow(spanOf('night', serverNow(), timeZone.value), serverNow()) ? 'duty.night' : 'duty.night.last';
  const tab = (value: Period, word: Key) => <button type="button" role="tab" aria-selected={which === value} data-period={value}
    onClick={() => { period.value = value; }}>{t(word)}</button>;
  return <div class="tabs duty-tabs" role="tablist">{tab('day', 'duty.day')}{tab('night', night)}</div>;
}

/** Rounded down: 99.96 % is not all. The rest is what a float loses. */
export const percent = (value: number) => `${number(Math.floor(value * 1000 + 1e-3) / 10, 1)}%`;

function Figures({ summary: { total, groups }, missed }: { summary: DutySummary; missed: DutyWindow[] }) {
  const plain = rate(total), waived = rate(total, true);
  return (
    <>
      <p class="duty-head" data-test="duty-head">{t('duty.met.of', { met: total.met, all: total.due })}</p>
      <Bar counts={total} />
      <ul class="duty-states">{STATES.filter((state) => total[state] > 0).map((state) =>
        <li key={state}><i class={`duty-sign is-${state}`} />{t(`duty.state.${state}` as Key)} <b>{total[state]}</b></li>)}</ul>
      <p class="duty-rate" title={t('duty.rate.hint')} data-test="duty-rate">{plain.value === null ? t('duty.rate.none') : <>
        {t('duty.rate', { rate: percent(plain.value), met: total.met, of: plain.of })}
        {total.waived > 0 && <small>{t('duty.rate.waived', { rate: percent(waived.value!) })}</small>}</>}</p>
      <Groups groups={groups} />
      {missed.length > 0 && <Missed windows={missed} />}
    </>
  );
}

function Bar({ counts }: { counts: Counts }) {
  return <div class="duty-bar" aria-hidden="true">{STATES.filter((state) => counts[state] > 0).map((state) =>
    <i key={state} class={`is-${state}`} style={{ flexGrow: counts[state] }} />)}</div>;
}

/** Only what went wrong is worth a row of its own. */
function Groups({ groups }: { groups: DutyGroup[] }) {
  const rows = groups.filter((group) => group.due > 0).sort((a, b) => b.missed - a.missed || b.unknown - a.unknown).slice(0, GROUPS_MAX);
  if (rows.length < 2) return null;
  return <ul class="duty-groups" aria-label={t('duty.groups')}>{rows.map((group) =>
    <li key={`${group.estate_id}-${group.id}`}><span>{ofEstate(group.estate_id, pickName({ name: group.name ?? null, name_en: group.name_en ?? null }))}</span>
      <Bar counts={group} /><b>{group.met} / {group.due}</b></li>)}</ul>;
}

/** "Wangxi Residence · Rounds": the same duty is owed at many estates. */
function ofEstate(id: number | null | undefined, duty: string): string {
  const estate = estates.value.length > 1 && estates.value.find((candidate) => candidate.id === id);
  return estate ? `${pickName(estate)} · ${duty}` : duty;
}

function Missed({ windows }: { windows: DutyWindow[] }) {
  return (
    <ul class="duty-missed" aria-label={t('duty.missed.list')} data-test="duty-missed">{windows.map((window) =>
      <li key={`${window.estate_id}-${window.duty_id}-${window.place_id}-${window.t_from}`}>
        <button type="button" disabled={window.place_kind !== 'building'} onClick={() => select(window.place_id)}>
          <i class="duty-sign is-missed" /><span><b>{placeName(window)}</b>
            <small>{ofEstate(window.estate_id, pickName({ name: window.duty_name ?? null, name_en: window.duty_name_en ?? null }))}</small></span>
          <time>{windowTime(window)}</time></button></li>)}</ul>
  );
}

const MINUTE = { hour: '2-digit', minute: '2-digit' } as const;

/** "22:00–23:00" by the clocks of the place. */
export const windowTime = (window: DutyWindow, zone = timeZone.value) =>
  `${localTime(Date.parse(window.t_from), MINUTE, zone)}–${localTime(Date.parse(window.t_to), MINUTE, zone)}`;

/** The place's own name; what has none, or none that may be told, goes by what it is. */
const placeName = (window: DutyWindow) => pickName({ name: window.place_name ?? null, name_en: window.place_name_en ?? null },
  enumWord('duty.place', window.place_kind, 'duty.place.other'));
