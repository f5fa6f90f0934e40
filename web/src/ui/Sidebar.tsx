// Left panel: open incidents, duties, estates (click flies there) and units on duty (click follows).
import { signal } from '@preact/signals';
import type { Asset, Estate } from '../api.ts';
import { age, callSign, enumWord, isUnassigned, managementClass, otherName, pickName, t } from '../i18n.ts';
import { MANAGEMENT, STALE, unitColour } from '../map/palette.ts';
import { flyToEstate } from '../map/view.ts';
import { may, purposeAsked, purposeMissing } from '../session.ts';
import { ageOf, estates, followedUnit, isStale, liveByEstate, onDuty, serverNow, snapshotSeen, staleEstates, tick } from '../store.ts';
import { DutyCard } from './DutyCard.tsx';
import { IncidentList } from './IncidentList.tsx';

const open = signal(innerWidth >= 760);
const LOW_BATTERY = 20;

export function Sidebar() {
  return (
    <aside class={`panel side ${open.value ? '' : 'is-closed'}`}>
      <IncidentList />
      <DutyCard />
      <EstateList />
      <UnitList />
      <button class="fold" type="button" aria-expanded={open.value} aria-label={t(open.value ? 'list.hide' : 'list.show')}
        onClick={() => { open.value = !open.value; }}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 6l-6 6 6 6" /></svg>
        <span>{t('list.estates')} · {t('list.units')}</span>
      </button>
    </aside>
  );
}

function EstateList() {
  const all = [...estates.value].sort((a, b) => Number(isUnassigned(a)) - Number(isUnassigned(b)));
  const buildings = all.reduce((sum, estate) => sum + (estate.buildings ?? 0), 0);
  return (
    <section class="list" aria-label={t('list.estates')} data-test="estates">
      <h2>{t('list.estates')} <b>{all.filter((estate) => !isUnassigned(estate)).length}</b>{buildings > 0 && <small>{t('list.buildings.n', { n: buildings })}</small>}</h2>
      {all.length === 0 && <p class="hint">{may('operate')
        ? <>{t('list.estates.empty')}<code>{t('list.estates.cmd')}</code></> : t('list.estates.none')}</p>}
      <ul>{all.map((estate) => <EstateRow key={estate.id} estate={estate} />)}</ul>
    </section>
  );
}

function EstateRow({ estate }: { estate: Estate }) {
  const kind = managementClass(estate.management_type);
  const here = liveByEstate.value.get(estate.id) ?? 0;
  const name = pickName(estate, String(estate.id));
  return (
    <li>
      <button type="button" title={t('list.fly', { name })} onClick={() => flyToEstate(estate)}>
        <i class="bar-mark" style={{ background: kind ? MANAGEMENT[kind] : MANAGEMENT.other }} />
        <span class="row-name"><b>{name}</b><small>{otherName(estate)}</small></span>
        <span class="row-end">
          {staleEstates.value.has(estate.id) && <span class="is-away">{t('feed.stale.estate')}</span>}
          {(estate.buildings ?? 0) > 0 && <span>{t('list.buildings.n', { n: estate.buildings! })}</span>}
          {here > 0 && <em>{t('list.units.n', { n: here })}</em>}
        </span>
      </button>
    </li>
  );
}

/** Kept: making one costs more than sorting the list. */
const byName = new Intl.Collator('zh-CN', { numeric: true });

function UnitList() {
  tick.value;
  const now = serverNow();
  const all = [...onDuty.value.values()].sort((a, b) => byName.compare(callSign(a), callSign(b)));
  const fresh = all.filter((unit) => !isStale(unit, now)).length;
  return (
    <section class="list" aria-label={t('list.units')}>
      <h2>{t('list.units')} {all.length > 0 && <small>{t('list.units.count', { fresh, all: all.length })}</small>}</h2>
      {all.length === 0 && <NoUnits />}
      <ul>{all.map((unit) => <UnitRow key={unit.id} unit={unit} now={now} />)}</ul>
    </section>
  );
}

/** Why nobody is listed: not this role's to see, no reason given yet, or really nobody. */
function NoUnits() {
  if (!may('unit')) return <p class="hint" data-test="no-units"><b>{t('none.units')}</b>{t('none.units.hint')}</p>;
  if (purposeMissing.value) {
    return <p class="hint" data-test="units-purpose"><b>{t('purpose.missing')}</b>{t('purpose.missing.hint')}
      <button type="button" class="button" onClick={() => { purposeAsked.value = true; }}>{t('purpose.say')}</button></p>;
  }
  return snapshotSeen.value ? <p class="hint" data-test="empty-units"><b>{t('empty.units')}</b>{t('empty.units.hint')}</p> : null;
}

function UnitRow({ unit, now }: { unit: Asset; now: number }) {
  const stale = isStale(unit, now);
  const followed = followedUnit.value === unit.id;
  const estate = estates.value.find((candidate) => candidate.id === unit.at_estate_id);
  const name = callSign(unit);
  return (
    <li>
      <button type="button" class={stale ? 'is-stale' : ''} aria-pressed={followed} data-unit={unit.id}
        title={t(followed ? 'list.unfollow' : 'list.follow', { name })}
        onClick={() => { followedUnit.value = followed ? null : unit.id; }}>
        <i class="dot-mark" style={{ background: stale ? STALE : unitColour(unit.subject_type) }} />
        <span class="row-name"><b>{name}</b>
          <small>{enumWord('subject', unit.subject_type, 'subject.unit')} · {estate ? pickName(estate) : t('unit.outside')}</small></span>
        <span class="row-end">
          <span>{age(ageOf(unit, now))}</span>
          {unit.replay ? <em class="warn">{t('unit.replay')}</em>
            : unit.battery != null && unit.battery < LOW_BATTERY && <em class="warn">{t('unit.low')} {Math.round(unit.battery)}%</em>}
        </span>
      </button>
    </li>
  );
}
