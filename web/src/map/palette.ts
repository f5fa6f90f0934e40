// The map's colours in one place, shared by the style and the legend. Dark and calm: blue-grey city, colour only for
// what carries meaning. Red is kept for alarms and a lost feed.

export const INK = {
  ground: '#0c1624',
  residential: '#111f32',
  commercial: '#141d2f',
  green: '#1b4d3e',
  park: '#143b33',
  water: '#103a5e',
  waterEdge: '#22628f',
  text: '#eaf2fb',
  textDim: '#9db0c8',
  halo: '#08101a',
  hover: '#8fe9ff',
  selected: '#ffc65c',
  alarm: '#ff5447',
} as const;

export const MANAGEMENT = { market: '#58c4ee', state: '#b9a2ff', resident: '#7fdba6', other: '#8aa4c4' } as const;

/** Roof colour by height in metres: taller is lighter, so the skyline reads from across the room. */
export const HEIGHTS: ReadonlyArray<readonly [metres: number, colour: string]> = [
  [0, '#2f4468'], [12, '#345588'], [30, '#3f74b4'], [60, '#5597e2'], [100, '#86c6ff'],
];

/** The same where somebody passed lately: a shade towards green, no more. */
export const PASSED = '#37e8b8';
export const PASSED_SHARE = 0.22;
export const PASSED_HEIGHTS = HEIGHTS.map(([metres, colour]) => [metres, mix(colour, PASSED, PASSED_SHARE)] as const);

function mix(a: string, b: string, share: number): string {
  const part = (colour: string, at: number) => parseInt(colour.slice(at, at + 2), 16);
  return '#' + [1, 3, 5].map((at) => Math.round(part(a, at) * (1 - share) + part(b, at) * share).toString(16).padStart(2, '0')).join('');
}

export const ROADS: Record<string, { colour: string; casing: string; width: number; from: number }> = {
  motorway: { colour: '#53678a', casing: '#1a2739', width: 15, from: 8 },
  trunk: { colour: '#4e6285', casing: '#1a2739', width: 14, from: 9 },
  primary: { colour: '#485b7c', casing: '#182436', width: 13, from: 10 },
  secondary: { colour: '#3d4f6d', casing: '#162233', width: 11, from: 11 },
  tertiary: { colour: '#34455f', casing: '#152031', width: 9, from: 12 },
  residential: { colour: '#2b3a52', casing: '#131d2c', width: 6.5, from: 13 },
  service: { colour: '#253247', casing: '#121b29', width: 4.5, from: 14 },
  footway: { colour: '#2f4058', casing: '', width: 1.6, from: 15 },
  path: { colour: '#2f4058', casing: '', width: 1.6, from: 15 },
};

export const ZONES: Record<string, string> = {
  sanitation: '#6f8fd8', fire_lane: '#d98a6a', green: '#4fae83', parking: '#7d8ea8', playground: '#d9b45f',
};

export const UNITS: Record<string, string> = {
  guard: '#37e8b8', cleaner: '#9fb4ff', vehicle: '#ffd27a', fleet: '#ffd27a', other: '#cfe3f7',
};
export const STALE = '#7d8b9d';

export const unitColour = (type: string | null | undefined) => UNITS[type ?? ''] ?? UNITS['other']!;
