// What is owed at a building: since when it is without a pass, its windows now and before, and what each verdict rests on.
import { useEffect, useState } from 'preact/hooks';
import { getVerdict, getWindows, verdictUrl, type DutyWindow, type Evidence, type VerdictVersion } from '../api.ts';
import { lateSince } from '../due.ts';
import { age, callSign, enumWord, localTime, number, pickName, t } from '../i18n.ts';
import { may } from '../session.ts';
import { buildingNews, buildingStates, serverNow, tick } from '../store.ts';
import type { Key } from '../words.ts';
import { percent, windowTime } from './DutyCard.tsx';

const REFRESH_MS = 15_000;
const DAY_MS = 86_400_000;
const LIMIT = 200;
const TICKS = 12;      // windows of a duty shown as a row of signs
const VERDICTS = 3;    // of which so many are spelled out
const HOUR_S = 3600;

interface Place { estate: number | undefined; id: number; zone: string; lastPassAt: string | null | undefined }

export function DutySection({ estate, id, zone, lastPassAt }: Place) {
  buildingNews.value;
  const state = buildingStates.get(id);
  const windows = useWindows(estate, id, may('record') && !!(state?.due_at || state?.breach_at || state?.verdict));
  if (!may('record') || (!state?.due_at && !state?.breach_at && !state?.verdict && !state?.blind)) return null;
  return (
    <section class="duties" data-test="duties">
      <h3>{t('duty.here')}</h3>
      {state.blind && <p class="duty-blind"><i class="duty-sign is-blind" /><span><b>{t('duty.blind')}</b>{t('duty.blind.hint')}</span></p>}
      {state.breach_at && <Standing state={state} zone={zone} lastPassAt={lastPassAt} />}
      {windows?.length === 0 && <p class="hint">{t('duty.here.none')}</p>}
      {windows && byDuty(windows).map((duty) => <Duty key={duty[0]!.duty_id} windows={duty} zone={zone} />)}
    </section>
  );
}

/** Null: nothing is known, and nothing is said. */
function useWindows(estate: number | undefined, id: number, wanted: boolean): DutyWindow[] | null {
  const [answer, setAnswer] = useState<{ id: number; windows: DutyWindow[] | null } | null>(null);
  useEffect(() => {
    if (!wanted) return;
    const abort = new AbortController();
    const read = async () => {
      const now = serverNow(), more = { place_kind: 'building', place: id, limit: LIMIT, ...(estate == null ? {} : { estate }) };
      try {
        const windows = await getWindows(now - DAY_MS, now + DAY_MS, more, abort.signal);
        setAnswer({ id, windows });
      } catch {
        // what was known stays; the next one may succeed
      }
    };
    void read();
    const timer = setInterval(() => void read(), REFRESH_MS);
    return () => { abort.abort(); clearInterval(timer); };
  }, [estate, id, wanted]);
  return answer?.id === id ? answer.windows : null;
}

const byDuty = (windows: DutyWindow[]): DutyWindow[][] => {
  const groups = new Map<number, DutyWindow[]>();
  for (const window of [...windows].sort((a, b) => Date.parse(a.t_from) - Date.parse(b.t_from))) groups.set(window.duty_id, [...groups.get(window.duty_id) ?? [], window]);
  return [...groups.values()];
};

const at = (ms: number, zone: string) => {
  const day = (time: number) => localTime(time, { month: '2-digit', day: '2-digit' }, zone);
  return `${day(ms) === day(serverNow()) ? '' : `${day(ms)} `}${localTime(ms, { hour: '2-digit', minute: '2-digit' }, zone)}`;
};

/** "2 h 5 min": between an hour and a day the minutes count. */
function length(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return seconds >= HOUR_S && seconds < 24 * HOUR_S && minutes % 60 ? t('age.hm', { h: Math.floor(minutes / 60), m: minutes % 60 }) : age(seconds);
}

/** "Last pass 23:41 (2 h 5 min ago), due every 2 h: overdue since 01:41". */
function Standing({ state, zone, lastPassAt }: { state: { breach_at?: string | null; breached_at?: string | null; duty_every_s?: number | null; last_pass_at?: string | null };
  zone: string; lastPassAt: string | null | undefined }) {
  tick.value;
  const now = serverNow(), since = lateSince(state, now), due = Date.parse(state.breach_at!);
  const passed = state.last_pass_at ?? lastPassAt;
  const late = !Number.isNaN(since);
  return (
    <p class={`duty-standing ${late ? 'is-late' : ''}`} data-test="duty-standing">
      <span>{passed ? t('duty.last', { time: at(Date.parse(passed), zone), age: length(Math.max(0, now - Date.parse(passed)) / 1000) }) : t('duty.last.none')}
        {state.duty_every_s ? ` · ${t('duty.every', { every: length(state.duty_every_s) })}` : ''}</span>
      <b>{late && <i class="duty-sign is-missed" />}{late ? t('duty.overdue', { time: at(since, zone), age: length((now - since) / 1000) })
        : t('duty.due', { time: at(due, zone), age: length((due - now) / 1000) })}</b>
    </p>
  );
}

const isDecided = ({ state }: DutyWindow) => state !== 'open' && state !== 'pending';

function Duty({ windows, zone }: { windows: DutyWindow[]; zone: string }) {
  const [chosen, choose] = useState<string | null>(null);
  const decided = windows.filter(isDecided), now = windows.find((window) => window.state === 'open' && Date.parse(window.t_to) > serverNow());
  const waiting = windows.filter((window) => window.state === 'open' && window !== now);
  const next = windows.find((window) => window.state === 'pending');
  const last = decided.slice(-TICKS), spelled = decided.slice(-VERDICTS).reverse();
  const open = last.find((window) => window.t_from === chosen);
  return (
    <div class="duty">
      <h4>{pickName({ name: windows[0]!.duty_name ?? null, name_en: windows[0]!.duty_name_en ?? null })}</h4>
      {waiting.slice(-1).map((window) => <Line key={window.t_from} window={window} zone={zone} word={t('duty.wait', { time: at(Date.parse(window.due_at), zone) })} />)}
      {now ? <Line window={now} zone={zone} label="duty.now" /> : next && <Line window={next} zone={zone} label="duty.next" />}
      {last.length > 0 && <div class="duty-ticks" role="group" aria-label={t('duty.verdicts')}>{last.map((window) =>
        <button type="button" key={window.t_from} class={`duty-sign is-${window.state}`} aria-pressed={chosen === window.t_from}
          title={`${windowTime(window, zone)} ${t(`duty.state.${window.state}` as Key)}`} aria-label={`${windowTime(window, zone)} ${t(`duty.state.${window.state}` as Key)}`}
          onClick={() => choose(chosen === window.t_from ? null : window.t_from)} />)}</div>}
      {open && !spelled.includes(open) && <Decided window={open} zone={zone} open toggle={() => choose(null)} />}
      {spelled.map((window) => <Decided key={window.t_from} window={window} zone={zone} open={chosen === window.t_from}
        toggle={() => choose(chosen === window.t_from ? null : window.t_from)} />)}
    </div>
  );
}

function Line({ window, zone, label, word }: { window: DutyWindow; zone: string; label?: Key; word?: string }) {
  return <p class="duty-line"><i class={`duty-sign is-${window.state}`} /><time>{windowTime(window, zone)}</time>
    <span>{label && `${t(label)} · `}{word ?? t(`duty.state.${window.state}` as Key)}</span></p>;
}

function Decided({ window, zone, open, toggle }: { window: DutyWindow; zone: string; open: boolean; toggle: () => void }) {
  const versions = useVerdict(window, open || window.state !== 'met');
  const newest = versions?.[0];
  return (
    <div class={`duty-verdict is-${window.state}`}>
      <button type="button" class="duty-line" aria-expanded={open} onClick={toggle} data-test="verdict">
        <i class={`duty-sign is-${window.state}`} /><time>{windowTime(window, zone)}</time>
        <span><b>{t(`duty.state.${window.state}` as Key)}</b>{newest && window.state !== 'met' && ` · ${reason(newest)}`}</span>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 6l6 6-6 6" /></svg>
      </button>
      {open && newest && <Proof window={window} versions={versions!} zone={zone} />}
      {open && versions?.length === 0 && <p class="hint">{t('duty.evidence.none')}</p>}
    </div>
  );
}

/** A verdict that has another state by now is read again. */
function useVerdict(window: DutyWindow, wanted: boolean): VerdictVersion[] | null {
  const url = verdictUrl(window), [answer, setAnswer] = useState<{ url: string; versions: VerdictVersion[] } | null>(null);
  useEffect(() => {
    if (!wanted) return;
    const abort = new AbortController();
    getVerdict(window, abort.signal).then((versions) => setAnswer({ url, versions: [...versions ?? []].sort((a, b) => b.version - a.version) }), () => undefined);
    return () => abort.abort();
  }, [url, window.state, wanted]);
  return answer?.url === url ? answer.versions : null;
}

function Proof({ window, versions, zone }: { window: DutyWindow; versions: VerdictVersion[]; zone: string }) {
  const [newest] = versions as [VerdictVersion];
  return (
    <div class="duty-proof" data-test="proof">
      <p>{t('duty.amounts', { found: amount(newest, 'found'), best: amount(newest, 'best'), needed: amount(newest, 'needed') })}
        {newest.blind_s > 0 && ` · ${t('duty.blind.time', { age: length(newest.blind_s) })}`}</p>
      {newest.evidence.length === 0 ? <p>{t('duty.evidence.none')}</p>
        : <ol aria-label={t('duty.evidence')}>{newest.evidence.map((piece, i) => <Piece key={i} piece={piece} zone={zone} />)}</ol>}
      {versions.map((version) => <p class="duty-version" key={version.version}><span>{t('duty.version', { n: version.version, time: at(Date.parse(version.recorded_at), zone) })}</span>
        {versions.length > 1 && <b>{t(`duty.state.${version.verdict}` as Key)}</b>}</p>)}
      <p class="duty-version"><span>{t('duty.formula', { name: enumWord('duty.proof', newest.formula, 'duty.proof.other'), n: newest.formula_version })}</span>
        <a href={verdictUrl(window)} target="_blank" rel="noopener">{t('duty.evidence.raw')}</a></p>
    </div>
  );
}

/** Why, in the words of what was to be proven; else in those of any duty. */
const reason = ({ reason: code, formula }: VerdictVersion) => enumWord('duty.reason', `${code}.${formula}`, null) || enumWord('duty.reason', code, 'duty.reason.other');

/** In the formula's unit: shares of a round and of a zone, seconds of cameras and bins, else a count. */
function amount(version: VerdictVersion, which: 'found' | 'best' | 'needed'): string {
  const value = version[which];
  if (version.formula === 'round' || version.formula === 'area') return percent(value);
  return version.formula === 'fill' || version.formula === 'online' ? length(value) : number(value, 2);
}

function Piece({ piece, zone }: { piece: Evidence; zone: string }) {
  const times = [piece.from, piece.to].filter((time) => time != null).map((time) => localTime(Date.parse(time!), { hour: '2-digit', minute: '2-digit' }, zone));
  const details = [piece.label || piece.label_en ? callSign(piece) : enumWord('subject', piece.subject_type, null),
    piece.nearest_m == null ? '' : piece.nearest_m === 0 ? t('dossier.inside') : t('dossier.near', { d: number(Math.max(1, piece.nearest_m)) }),
    piece.acc_m == null ? '' : t('dossier.acc', { d: number(piece.acc_m) }), piece.share == null ? '' : t('duty.swept', { n: Math.floor(piece.share * 100) }),
    piece.tool ? t('duty.tool') : '', piece.method === 'checkin' ? t('dossier.checkin') : '', enumWord('duty.scope', piece.scope, null), enumWord('duty.cause', piece.cause, null),
    piece.what === 'waiver' ? [piece.reason, piece.approver].filter(Boolean).join(' · ') : ''];
  const what = enumWord('kind', piece.kind, null) || enumWord('duty.what', piece.what, 'duty.what.other');
  return <li><time>{[...new Set(times)].join('–')}</time><span><b>{what}</b> {details.filter(Boolean).join(' · ')}</span></li>;
}
