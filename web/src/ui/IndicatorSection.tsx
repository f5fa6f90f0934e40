// What is measured of a building over the last thirty days: each number with what it was divided by, how its peers fare, and a
// link to the list that shows it.
import type { Dossier, Indicator, Peer } from '../api.ts';
import { age, number, t } from '../i18n.ts';
import { percent } from './DutyCard.tsx';

/** Of so many: a share is never shown alone. */
const share = ({ value, numerator, denominator }: Indicator) =>
  value == null ? '' : `${percent(value)} (${number(numerator ?? 0)}/${number(denominator ?? 0)})`;
const span = ({ value }: Indicator) => value == null ? '' : age(value);
const rate = ({ value }: Indicator) => value == null ? '' : number(value, 2);

const rows = [
  ['duty_rate', 'indicator.duty_rate', share],
  ['duty_rate_with_waived', 'indicator.duty_rate_with_waived', share],
  ['longest_gap', 'indicator.longest_gap', span],
  ['incidents', 'indicator.incidents', rate],
  ['incidents_per_100_dwellings', 'indicator.incidents_per_100_dwellings', rate],
  ['incidents_per_1000_m2', 'indicator.incidents_per_1000_m2', rate],
  ['recurrence', 'indicator.recurrence', share],
] as const;

export function IndicatorSection({ dossier: { indicators, peers } }: { dossier: Dossier }) {
  const known = rows.flatMap(([name, word, text]) => {
    const indicator = indicators?.[name];
    const value = indicator ? text(indicator) : '';
    return indicator && value ? [{ word, value, evidence: indicator.evidence, peer: peers?.[name] }] : [];
  });
  if (known.length === 0) return null;
  return (
    <section data-test="indicators">
      <h3>{t('indicator.title')}</h3>
      <dl class="facts">{known.map(({ word, value, evidence, peer }) =>
        <div key={word} class="is-wide">
          <dt>{t(word)}</dt>
          <dd><a href={evidence} target="_blank" rel="noopener">{value}</a>{isPeer(peer) && <small>{t('indicator.peers', { median: number(peer.median, 2), rank: peer.rank, n: peer.peers + 1 })}</small>}</dd>
        </div>)}</dl>
    </section>
  );
}

const isPeer = (peer: Peer | string | number | undefined): peer is Peer => typeof peer === 'object';
