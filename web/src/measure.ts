// Readings in words: the server's canonical measures (docs/devices.md) with a name, a value and a unit that people use.
import { enumWord, number, t } from './i18n.ts';
import type { Key } from './words.ts';

export interface Measure {
  value: number | string;
  unit?: string | null;
}
export type Measures = Record<string, Measure>;

/** UCUM to what is written on walls. */
const UNIT: Record<string, string> = { Cel: '°C', 'kW.h': 'kWh', 'ug/m3': 'µg/m³', 'mg/m3': 'mg/m³', '1': '' };

/** What yes and no are called; the rest is "yes" and "no". */
const ANSWERS: Record<string, 'alarm' | 'open' | 'seen' | 'on'> = {
  smoke: 'alarm', fire: 'alarm', gas: 'alarm', co_alarm: 'alarm', sos: 'alarm', trapped: 'alarm', fall: 'alarm',
  water_leak: 'alarm', intrusion: 'alarm', fault: 'alarm', overflow: 'alarm', tamper: 'alarm', battery_low: 'alarm',
  vibration_alarm: 'alarm', open: 'open', motion: 'seen', occupancy: 'seen', on: 'on', ignition: 'on',
};

/** Digits that a reading is worth: 21.5 °C, 0.73 m, 430 ppm. */
const digits = (value: number) => Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;

function amount(name: string, measure: Measure): string {
  if (typeof measure.value !== 'number') return '';
  const answer = ANSWERS[name];
  if (answer) return t(`answer.${answer}.${measure.value ? 'yes' : 'no'}` as Key);
  const unit = UNIT[measure.unit ?? ''] ?? measure.unit ?? '';
  const value = number(measure.value, digits(measure.value));
  return unit === '%' ? `${value}%` : unit ? `${value} ${unit}` : value;
}

/** "Temperature 21.5 °C"; a measure that has no word here is left out, and so is one said in words. */
export function readings(measures: Measures | null | undefined): string[] {
  return Object.entries(measures ?? {}).flatMap(([name, measure]) => {
    const word = enumWord('measure', name, null), value = amount(name, measure);
    return word && value ? [`${word} ${value}`] : [];
  });
}
