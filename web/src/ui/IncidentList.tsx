// What is open, by the time that is left: the next clock to run out is on top, what is over above all.
import { computed } from '@preact/signals';
import type { Incident } from '../api.ts';
import { LEVELS, byBreach, leftOf, split, standingOf, type Severity, type Standing } from '../incident.ts';
import { enumWord, pickName, t } from '../i18n.ts';
import { SHAPES } from '../map/symbols.ts';
import { flyTo, select } from '../map/view.ts';
import { may } from '../session.ts';
import { estates, followedUnit, incidents, serverNow, snapshotSeen, tick } from '../store.ts';

/** Further ones are counted. */
const ROWS_MAX = 100;

const sorted = computed(() => byBreach(incidents.value.values()));

export function IncidentList() {
  tick.value;
  if (!may('incident')) return null;
  const all = sorted.value, now = serverNow();
  const over = all.filter((incident) => standingOf(incident, now) === 'over').length;
  return (
    <section class="list incident-list" aria-label={t('incident.title')} data-test="incidents">
      <h2>{t('incident.title')} {all.length > 0 && <><b>{all.length}</b>
        <small class={over > 0 ? 'is-over' : ''} data-test="incidents-over">{t('incident.over.of', { over, all: all.length })}</small></>}</h2>
      {all.length === 0 && snapshotSeen.value && <p class="hint" data-test="incidents-none"><b>{t('incident.none')}</b>{t('incident.none.hint')}</p>}
      {all.length > 0 && <ul>{all.slice(0, ROWS_MAX).map((incident) => <Row key={incident.id} incident={incident} now={now} />)}</ul>}
      {all.length > ROWS_MAX && <p class="hint">{t('incident.more', { n: all.length - ROWS_MAX })}</p>}
    </section>
  );
}

function Row({ incident, now }: { incident: Incident; now: number }) {
  const place = placeOf(incident), estate = incident.building_id == null ? '' : estateOf(incident);
  return (
    <li>
      <button type="button" class="incident-row" data-incident={incident.id} data-standing={standingOf(incident, now)}
        title={t('incident.go', { name: [estate, place].filter(Boolean).join(' ') })} onClick={() => goTo(incident)}>
        <Line incident={incident} place={place} estate={estate} now={now} />
      </button>
    </li>
  );
}

function goTo({ lon, lat, building_id }: Incident): void {
  followedUnit.value = null;
  flyTo(lon, lat);
  select(building_id ?? null);
}

/** Those of a building, in its dossier. */
export function IncidentsHere({ building }: { building: number }) {
  tick.value;
  const now = serverNow(), here = sorted.value.filter((incident) => incident.building_id === building);
  if (here.length === 0) return null;
  return (
    <section class="incidents-here" data-test="incidents-here">
      <h3>{t('incident.here')}</h3>
      <ul>{here.map((incident) => <li key={incident.id} class="incident-row" data-standing={standingOf(incident, now)}>
        <Line incident={incident} place={storeyOf(incident)} now={now} /></li>)}</ul>
    </section>
  );
}

function Line({ incident, place, estate = '', now }: { incident: Incident; place: string; estate?: string; now: number }) {
  const standing = standingOf(incident, now);
  const details = [place, enumWord('incident.state', incident.state, 'incident.state.other'),
    incident.level > 0 ? t('incident.at', { level: enumWord('incident.level', LEVELS[incident.level], 'incident.level.district') }) : ''];
  return (
    <>
      <IncidentSign severity={incident.severity} standing={standing} drill={incident.drill} />
      <span class="incident-lines">
        <span><b>{enumWord('incident.category', incident.category, 'incident.category.other')}</b>
          {incident.drill && <em class="incident-drill">{t('incident.drill')}</em>}
          <time>{clock(incident, standing, now)}</time></span>
        <span><small>{details.filter(Boolean).join(' · ')}</small>{estate && <small class="incident-estate">{estate}</small>}</span>
      </span>
    </>
  );
}

/** The shape says the severity, to those who cannot see it in words. */
export function IncidentSign({ severity, standing, drill = false }: { severity: Severity; standing: Standing; drill?: boolean }) {
  const word = enumWord('incident.severity', severity, null);
  return <svg class={`incident-sign is-${standing} ${drill ? 'is-drill' : ''}`} viewBox="0 0 32 32" role="img" aria-label={word}><title>{word}</title>
    <path d={SHAPES[severity]} /></svg>;
}

const storeyOf = ({ storey }: Incident) => storey == null ? '' : t('dossier.storey', { n: storey });

/** Buildings are called the same in every estate. */
function estateOf({ estate_id }: Incident): string {
  const estate = estates.value.find(({ id }) => id === estate_id);
  return estate ? pickName(estate) : '';
}

/** The building with its storey; of what has no building the estate as a whole. */
function placeOf(incident: Incident): string {
  if (incident.building_id == null) return estateOf(incident) || t('incident.estate');
  const building = pickName({ name: incident.building_name ?? null, name_en: incident.building_name_en ?? null }, t('dossier.unnamed'));
  return [building, storeyOf(incident)].filter(Boolean).join(' · ');
}

const clock = (incident: Incident, standing: Standing, now: number) => standing === 'still' ? t('incident.still')
  : t(standing === 'over' ? 'incident.over.by' : 'incident.left', { time: lengthOf(leftOf(incident, now)) });

const two = (n: number) => String(n).padStart(2, '0');

/** Minutes and seconds under an hour, then hours and minutes, then days. */
function lengthOf(ms: number): string {
  const { days, hours, minutes, seconds } = split(ms);
  if (days > 0) return t('age.d', { n: days });
  return hours > 0 ? t('age.hm', { h: hours, m: minutes }) : `${two(minutes)}:${two(seconds)}`;
}
