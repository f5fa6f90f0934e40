// Language choice and everything that turns a value into words: names, ages, times in the estate's zone.
import { lang, timeZone } from './store.ts';
import { words, type Key, type Lang } from './words.ts';

const STORAGE_KEY = 'hutong.lang';
/** The district's estate for what lies between estates. */
const UNASSIGNED = 0;
export const isUnassigned = (thing: { id?: number }) => thing.id === UNASSIGNED;

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return words[lang.value][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The word for a value that comes from the server; unknown values get the fallback, never the raw English enum. */
export function enumWord(prefix: string, value: string | null | undefined, fallback: Key | null): string {
  const key = `${prefix}.${value ?? ''}`;
  if (key in words.zh) return t(key as Key);
  return fallback ? t(fallback) : '';
}

export function managementClass(type: string | null | undefined): 'market' | 'state' | 'resident' | null {
  const found = /^(market|state|resident)/.exec(type ?? '');
  return found ? found[1] as 'market' | 'state' | 'resident' : null;
}

export function pickName(thing: { id?: number; name?: string | null; name_en?: string | null }, fallback = ''): string {
  if (isUnassigned(thing)) return t('estate.unassigned');
  const both = lang.value === 'zh' ? [thing.name, thing.name_en] : [thing.name_en, thing.name];
  return both[0] || both[1] || fallback;
}

export const otherName = (thing: { id?: number; name?: string | null; name_en?: string | null }): string => {
  const other = (lang.value === 'zh' ? thing.name_en : thing.name) ?? '';
  return other === pickName(thing) || isUnassigned(thing) ? '' : other;
};

export const callSign = (a: { label?: string | null; label_en?: string | null; subject_type?: string | null }) =>
  pickName({ name: a.label ?? null, name_en: a.label_en ?? null }, enumWord('subject', a.subject_type, 'subject.unit'));

export function age(seconds: number): string {
  if (seconds < 10) return t('age.s', { n: seconds.toFixed(1) });
  if (seconds < 60) return t('age.s', { n: Math.floor(seconds) });
  if (seconds < 3600) return t('age.min', { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return t('age.h', { n: Math.floor(seconds / 3600) });
  return t('age.d', { n: Math.floor(seconds / 86400) });
}

export const number = (value: number, digits = 0) =>
  value.toLocaleString(lang.value === 'zh' ? 'zh-CN' : 'en-GB', { maximumFractionDigits: digits });

const formats = new Map<string, Intl.DateTimeFormat>();

/** Kept, because making one costs far more than using it. A zone this browser does not know must not break the screen. */
function formatOf(locale: string, options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, zone, options]);
  let format = formats.get(key);
  if (format) return format;
  const make = (timeZone: string) => new Intl.DateTimeFormat(locale, { ...options, hourCycle: 'h23', timeZone });
  try {
    format = make(zone);
  } catch {
    format = make('Asia/Shanghai');
  }
  formats.set(key, format);
  return format;
}

/** A time in the estate's zone. */
export const localTime = (ms: number, options: Intl.DateTimeFormatOptions, zone = timeZone.value): string =>
  formatOf(lang.value === 'zh' ? 'zh-CN' : 'en-GB', options, zone).format(ms);

function stored(): Lang | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === 'zh' || value === 'en' ? value : null;
  } catch {
    return null;   // storage may be forbidden on kiosk machines
  }
}

/** The viewer's own choice, else Chinese on demo data, else what the browser prefers. */
export function chooseLang(demo: boolean): void {
  const preferred: Lang = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
  setLang(stored() ?? (demo ? 'zh' : preferred), false);
}

let title: Key = 'app.title';
/** Pages have titles of their own. */
export const titled = (key: Key) => { title = key; };

export function setLang(next: Lang, remember = true): void {
  lang.value = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  document.title = t(title);
  if (!remember) return;
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // not remembered, still switched
  }
}
