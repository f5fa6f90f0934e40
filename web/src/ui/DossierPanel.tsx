// The dossier of the selected building: what it is, what happened there. Reread while it is open, so that it stays true.
import { useEffect, useRef, useState } from 'preact/hooks';
import { HttpError, getDossier, type Dossier, type DossierDevice, type DossierEvent, type DossierPass } from '../api.ts';
import { age, callSign, enumWord, localTime, managementClass, number, otherName, pickName, t } from '../i18n.ts';
import { readings } from '../measure.ts';
import { MANAGEMENT } from '../map/palette.ts';
import { flyTo, reveal, select } from '../map/view.ts';
import { purposeAsked } from '../session.ts';
import { selectedBuilding, serverNow, tick, timeZone } from '../store.ts';
import { DutySection } from './DutySection.tsx';
import { IndicatorSection } from './IndicatorSection.tsx';
import { IncidentsHere } from './IncidentList.tsx';

const REFRESH_MS = 10_000;
/** Nobody is called "still there" on older evidence: a pass is over after 120 s without any, and is written each 60 s. */
const PRESENT_MS = 180_000;

type Answer = { id: number; dossier: Dossier | null; problem: 'missing' | 'failed' | null };

export function DossierPanel() {
  const id = selectedBuilding.value;
  const answer = useDossier(id);
  const heading = useRef<HTMLParagraphElement>(null);
  useEffect(() => { heading.current?.focus({ preventScroll: true }); }, [id]);
  if (id === null) return null;
  return (
    <aside class="panel dossier" aria-label={t('dossier.title')} data-test="dossier">
      <div class="dossier-head">
        <p class="eyebrow" ref={heading} tabIndex={-1}>{t('dossier.title')}</p>
        <button type="button" class="close" aria-label={t('dossier.close')} onClick={() => select(null)}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg>
        </button>
      </div>
      {answer?.problem && <p class="hint">{t(`dossier.${answer.problem}`)}</p>}
      {!answer?.dossier && !answer?.problem && <p class="hint">{t('dossier.loading')}</p>}
      {answer?.dossier && <Body dossier={answer.dossier} />}
    </aside>
  );
}

/** Null while nothing is known of this very building: a slow answer for another one is never shown. */
function useDossier(id: number | null): Answer | null {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    if (id === null) return;
    const abort = new AbortController();
    const read = async (first: boolean) => {
      try {
        const dossier = await getDossier(id, abort.signal);
        if (first) reveal(dossier.building.lon, dossier.building.lat);
        setAnswer({ id, dossier, problem: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        const problem = error instanceof HttpError && error.status === 404 ? 'missing' : 'failed';
        setAnswer((old) => ({ id, dossier: old?.id === id && problem === 'failed' ? old.dossier : null, problem }));
      }
    };
    void read(true);
    const timer = setInterval(() => void read(false), REFRESH_MS);
    return () => { abort.abort(); clearInterval(timer); };
  }, [id]);
  return answer?.id === id ? answer : null;
}

function Body({ dossier }: { dossier: Dossier }) {
  const { building, estate } = dossier;
  const kind = managementClass(estate?.management_type);
  const zone = dossier.tz || timeZone.value;
  return (
    <>
      <div class="dossier-title">
        <h2>{pickName(building, t('dossier.unnamed'))}</h2>
        {otherName(building) && <p>{otherName(building)}</p>}
        {estate && <p class="estate"><i class="bar-mark" style={{ background: kind ? MANAGEMENT[kind] : MANAGEMENT.other }} />
          {pickName(estate)}{kind && <small>{t(`mgmt.${kind}`)}</small>}</p>}
      </div>
      <Facts dossier={dossier} />
      {dossier.purpose_needed && <WhyAsked />}
      {dossier.events && <LastPass at={dossier.last_pass_at} />}
      <IncidentsHere building={building.id} />
      <DutySection estate={estate?.id} id={building.id} zone={zone} lastPassAt={dossier.last_pass_at} />
      <Counts dossier={dossier} />
      <IndicatorSection dossier={dossier} />
      <Devices devices={dossier.devices ?? []} />
      {dossier.events ? <Recent events={dossier.events} zone={zone} /> : <p class="withheld" data-test="withheld">{t('none.records')}</p>}
      <div class="dossier-foot">
        <button type="button" class="button" onClick={() => flyTo(building.lon, building.lat)}>{t('dossier.goto')}</button>
        <span>{t('dossier.asof', { time: clockTime(dossier.as_of, zone) })}</span>
      </div>
    </>
  );
}

function Recent({ events, zone }: { events: Array<DossierPass | DossierEvent>; zone: string }) {
  return (
    <section class="events">
      <h3>{t('dossier.recent')}</h3>
      {events.length === 0 && <p class="hint">{t('dossier.recent.none')}</p>}
      <ol>{events.map((line, i) => isPass(line)
        ? <PassRow key={`${line.t_from}${i}`} pass={line} zone={zone} />
        : <EventRow key={`${line.t_event}${i}`} event={line} zone={zone} />)}</ol>
    </section>
  );
}

/** Call signs and cameras are left out until the session has a purpose. */
function WhyAsked() {
  return <p class="withheld" data-test="dossier-purpose">{t('purpose.dossier')}
    <button type="button" class="button" onClick={() => { purposeAsked.value = true; }}>{t('purpose.say')}</button></p>;
}

const clockTime = (iso: string, zone: string) => localTime(Date.parse(iso), { hour: '2-digit', minute: '2-digit', second: '2-digit' }, zone);

/** Only what is known gets a row. */
function Facts({ dossier: { building } }: { dossier: Dossier }) {
  const { levels, height_m, area_m2, dwellings, year_built } = building;
  const codes = building.codes?.filter(Boolean) ?? [];
  return (
    <dl class="facts">
      {height_m != null && <Fact name={t('dossier.height')} value={`${number(height_m, 1)} m`} note={enumWord('dossier.source', building.height_source, null)} />}
      {levels != null && <Fact name={t('dossier.levels')} value={t('dossier.levels.v', { n: levels })} />}
      {area_m2 != null && <Fact name={t('dossier.area')} value={`${number(area_m2)} m²`} />}
      {dwellings ? <Fact name={t('dossier.dwellings')} value={t('dossier.dwellings.v', { n: number(dwellings) })} /> : null}
      {year_built != null && <Fact name={t('dossier.year')} value={t('dossier.year.v', { n: year_built })} />}
      {codes.length > 0 && <Fact name={t('dossier.code')} value={codes.join(' · ')} wide />}
    </dl>
  );
}

function Fact({ name, value, note = '', wide = false }: { name: string; value: string; note?: string; wide?: boolean }) {
  return <div class={wide ? 'is-wide' : ''}><dt>{name}</dt><dd>{value}{note && <small>{note}</small>}</dd></div>;
}

/** Seconds since then, by the server's clock; never negative, and moving on by itself. */
function secondsSince(ms: number): number {
  tick.value;
  return Math.max(0, (serverNow() - ms) / 1000);
}

function LastPass({ at }: { at: string | null | undefined }) {
  if (!at) return <p class="last-pass is-none" data-test="last-pass">{t('dossier.lastpass.none')}</p>;
  return <p class="last-pass" data-test="last-pass"><time dateTime={at}>{t('dossier.lastpass', { age: age(secondsSince(Date.parse(at))) })}</time></p>;
}

function Counts({ dossier: { counts } }: { dossier: Dossier }) {
  const cells: Array<[string, number | undefined]> = [
    [t('dossier.passes'), counts?.passes_24h], [t('dossier.units'), counts?.units_24h],
    [t('dossier.events'), counts?.events_24h]];
  const known = cells.filter(([, value]) => value != null);
  if (known.length === 0) return null;
  return (
    <section>
      <h3>{t('dossier.last24')}</h3>
      <div class="counts">{known.map(([name, value]) => <div key={name}><b>{number(value!)}</b><span>{name}</span></div>)}</div>
    </section>
  );
}

function Devices({ devices }: { devices: DossierDevice[] }) {
  if (devices.length === 0) return null;
  return (
    <section class="events" data-test="devices">
      <h3>{t('dossier.devices')}</h3>
      <ol>{devices.map((device) => <DeviceRow key={device.id} device={device} />)}</ol>
    </section>
  );
}

function DeviceRow({ device }: { device: DossierDevice }) {
  const newest = Math.max(...device.states.map((state) => Date.parse(state.t_event)));
  const alarm = device.states.some((state) => state.kind === 'alarm' && (state.severity ?? 0) >= 2 && state.phase !== 'end');
  const place = device.storey != null ? t('dossier.storey', { n: device.storey }) : '';
  const said = device.states.flatMap((state) => readings(state.measures));
  return (
    <li class={alarm ? 'is-alarm' : ''}>
      <time>{enumWord('device', device.kind, 'device.unit')}<small>{place}</small></time>
      <div><b>{said.join(' · ') || t('dossier.said.nothing')}</b><span>{device.name ?? ''}</span></div>
      <small class="ago">{age(secondsSince(newest))}</small>
    </li>
  );
}

const isPass = (line: DossierPass | DossierEvent): line is DossierPass => line.kind === 'pass';

const MINUTE = { hour: '2-digit', minute: '2-digit' } as const;
const DAY = { month: '2-digit', day: '2-digit' } as const;

/** "14:02–14:05"; one of the two when they read the same. */
function span(from: number, to: number, options: Intl.DateTimeFormatOptions, zone: string): string {
  const [first, last] = [localTime(from, options, zone), localTime(to, options, zone)];
  return first === last ? first : `${first}–${last}`;
}

/** The call sign while there is one, else what kind of unit it was. */
const unitName = (line: DossierPass | DossierEvent) =>
  line.label || line.label_en ? callSign(line) : enumWord('subject', line.subject_type, null);

const accuracy = (line: DossierPass | DossierEvent) => line.acc_m != null ? t('dossier.acc', { d: number(line.acc_m) }) : '';

function PassRow({ pass, zone }: { pass: DossierPass; zone: string }) {
  const from = Date.parse(pass.t_from), to = Date.parse(pass.t_to);
  const seconds = secondsSince(to);
  const there = pass.open && seconds * 1000 < PRESENT_MS;
  const details = [unitName(pass), nearest(pass), accuracy(pass)].filter(Boolean);
  return (
    <li class={there ? 'is-there' : ''} data-test="pass">
      <time dateTime={pass.t_from}>{span(from, to, MINUTE, zone)}<small>{span(from, to, DAY, zone)}</small></time>
      <div><b>{t('kind.pass')}{there && ` · ${t('dossier.there')}`}</b><span>{details.join(' · ')}</span></div>
      <small class="ago">{age(seconds)}</small>
    </li>
  );
}

/** Whole metres: positions are no better. Who checked in was inside, whatever the positions say. */
function nearest(pass: DossierPass): string {
  if (pass.method === 'checkin') return t('dossier.checkin');
  return pass.nearest_m === 0 ? t('dossier.inside') : t('dossier.near', { d: number(Math.max(1, pass.nearest_m)) });
}

function EventRow({ event, zone }: { event: DossierEvent; zone: string }) {
  const ms = Date.parse(event.t_event);
  const details = [unitName(event), ...readings(event.measures), whereAbouts(event), accuracy(event)].filter(Boolean);
  return (
    <li class={event.kind === 'alarm' && event.phase !== 'end' ? 'is-alarm' : ''}>
      <time dateTime={event.t_event}>{clockTime(event.t_event, zone)}<small>{localTime(ms, DAY, zone)}</small></time>
      <div><b>{enumWord('kind', event.kind, 'kind.other')}{phase(event)}</b><span>{details.join(' · ')}</span></div>
      <small class="ago">{age(secondsSince(ms))}</small>
    </li>
  );
}

const phase = (event: DossierEvent) => {
  const word = enumWord('phase', event.phase, null);
  return word && ` · ${word}`;
};

function whereAbouts(event: DossierEvent): string {
  if (event.place_method === 'inside') return t('dossier.inside');
  return event.place_dist_m != null ? t('dossier.near', { d: number(event.place_dist_m, 1) }) : '';
}
