// Legend and layer switches in one: each row explains a sign and turns it off.
import type { ComponentChildren } from 'preact';
import { STATES } from '../due.ts';
import { SEVERITIES } from '../incident.ts';
import { t } from '../i18n.ts';
import { HEIGHTS, INK, MANAGEMENT, PASSED_HEIGHTS, ROADS, STALE, UNITS, ZONES } from '../map/palette.ts';
import { ICONS } from '../map/symbols.ts';
import { may, purposeMissing } from '../session.ts';
import { ALARM_S, PASSED_S, STALE_S, camera, dutyCounts, legendOpen, visible, type LayerGroup } from '../store.ts';
import type { Key } from '../words.ts';
import { IncidentSign } from './IncidentList.tsx';

export function Legend() {
  return (
    <aside class={`panel legend ${legendOpen.value ? '' : 'is-closed'}`}>
      <h2><button type="button" class="legend-head" aria-expanded={legendOpen.value} onClick={() => { legendOpen.value = !legendOpen.value; }}>
        {t('legend.title')}<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 9l6 6 6-6" /></svg>
      </button></h2>
      {legendOpen.value && <ul>
        {may('incident') && <Row group="incidents"><IncidentSigns /></Row>}
        {may('record') && <Row group="duties">{visible.value.duties && <DutySigns />}</Row>}
        <Row group="estates"><Swatches items={managements()} /></Row>
        <Row group="buildings"><HeightRamp />{may('record') && <Swatches items={stateSigns()} />}</Row>
        {may('unit') && <Row group="units"><Swatches round items={unitSigns()} /></Row>}
        <Row group="zones" from={14.5}><Swatches items={zoneSigns()} /></Row>
        <Row group="checkpoints" from={14}><IconSign kind="checkpoint" /></Row>
        <Row group="facilities" from={15.6}><Icons /></Row>
        <Row group="routes"><i class="line-sign is-dotted" style={{ color: UNITS['guard'] }} /></Row>
        <Row group="roads"><i class="line-sign" style={{ color: ROADS['primary']!.colour }} /></Row>
        <Row group="nature"><Swatches items={[[INK.green, ''], [INK.water, '']]} /></Row>
        <Row group="labels"><span class="label-sign">{t('app.name')}</span></Row>
      </ul>}
    </aside>
  );
}

function Row({ group, from = 0, children }: { group: LayerGroup; from?: number; children: ComponentChildren }) {
  const name = t(`legend.${group}` as Key);
  const on = visible.value[group];
  const tooFar = camera.value.zoom > 0 && camera.value.zoom < from;
  return (
    <li class={on ? '' : 'is-off'}>
      <label>
        <input type="checkbox" role="switch" checked={on} aria-label={t('legend.toggle', { name })} data-layer={group}
          onChange={() => { visible.value = { ...visible.value, [group]: !on }; }} />
        <span>{name}</span>
        {tooFar && on && <small>{t('legend.closer')}</small>}
      </label>
      <div class="sign">{children}</div>
    </li>
  );
}

type Sign = readonly [colour: string, text: string];

const managements = (): Sign[] => [[MANAGEMENT.market, t('mgmt.market')], [MANAGEMENT.state, t('mgmt.state')], [MANAGEMENT.resident, t('mgmt.resident')]];
const unitSigns = (): Sign[] => [[UNITS['guard']!, t('subject.guard')], [UNITS['cleaner']!, t('subject.cleaner')],
  [UNITS['vehicle']!, t('subject.vehicle')], [STALE, t('legend.stale', { s: STALE_S })]];
const stateSigns = (): Sign[] => [[PASSED_HEIGHTS[2]![1], t('legend.passed', { n: PASSED_S / 60 })], [INK.alarm, t('legend.alarm', { n: ALARM_S / 60 })]];
const zoneSigns = (): Sign[] => Object.entries(ZONES).filter(([kind]) => kind !== 'green').map(([kind, colour]) => [colour, t(`zone.${kind}` as Key)]);

/** What the overlay's colours and hatchings say; buildings with how many of each there are. */
function DutySigns() {
  const counts = dutyCounts.value;
  const sign = (kind: string, text: string, n: number | null = null) =>
    <span class="swatch" key={kind}><i class={`duty-sign is-${kind}`} />{text}{n !== null && <b>{n}</b>}</span>;
  return (
    <div class="duty-legend" data-test="duty-legend">
      <p>{t('duty.legend.buildings')}</p>
      <div>{sign('fresh', t('duty.level.fresh'), counts.fresh)}{sign('soon', t('duty.level.soon'), counts.soon)}
        {sign('late', t('duty.level.late'), counts.late)}{sign('blind', t('duty.blind'))}{sign('none', t('duty.level.none'))}</div>
      <p>{t('duty.legend.zones')}</p>
      <div>{STATES.map((state) => sign(state, t(`duty.state.${state}` as Key)))}</div>
      {may('device') && <><p>{t('duty.legend.devices')}</p>
        <div>{sign('device', t('duty.device.good'))}{sign('device-bad', t('duty.device.bad'))}</div>
        {purposeMissing.value && <p>{t('duty.purpose')}</p>}</>}
    </div>
  );
}

/** Shapes for severities, and what the colours add. */
function IncidentSigns() {
  return <>{SEVERITIES.map((severity) => <span class="swatch" key={severity}><IncidentSign severity={severity} standing="running" />{t(`incident.severity.${severity}`)}</span>)}
    <span class="swatch"><IncidentSign severity="small" standing="over" />{t('incident.over')}</span>
    <span class="swatch"><IncidentSign severity="small" standing="running" drill />{t('incident.drill')}</span></>;
}

function Swatches({ items, round = false }: { items: Sign[]; round?: boolean }) {
  return <>{items.map(([colour, text]) =>
    <span class="swatch" key={colour + text}><i class={round ? 'is-round' : ''} style={{ background: colour }} />{text}</span>)}</>;
}

function HeightRamp() {
  const stops = HEIGHTS.map(([, colour]) => colour).join(',');
  return <span class="ramp"><i style={{ background: `linear-gradient(90deg,${stops})` }} />
    <span>{HEIGHTS.map(([metres], i) => <small key={metres}>{i === HEIGHTS.length - 1 ? `${metres}+ m` : metres}</small>)}</span></span>;
}

function IconSign({ kind }: { kind: string }) {
  const icon = ICONS[kind]!;
  return <svg class="icon-sign" viewBox="0 0 24 24" style={{ color: icon.tint }} aria-hidden="true"><circle cx="12" cy="12" r="11" /><path d={icon.path} /></svg>;
}

function Icons() {
  return <>{(['gate', 'bin', 'sorting_station', 'lamp', 'fire_cabinet', 'fitness', 'lift'] as const).map((kind) =>
    <span class="swatch" key={kind}><IconSign kind={kind} />{t(`facility.${kind}`)}</span>)}</>;
}
