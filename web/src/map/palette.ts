// The map's colours in one place, shared by the style and the legend: blue-grey city, colour only for what carries
// meaning. Red is kept for alarms and a lost feed. The page is dark; themes of the style, dark and light, are at the end.

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

/** The duties' overlay: a muted city, saturated only where something is wrong. Everything wrong is also
 *  hatched, marked or labelled: nobody has to tell the colours apart. */
export const DUTY = { none: '#22304a', fresh: '#37616b', soon: '#c9ad62', late: '#ff8f1f', lateDark: '#7d3f00', blind: '#b7a6e8', blindDark: '#2c2547' } as const;
export const DUTY_STATE = { met: '#4f8f86', missed: '#ff8f1f', unknown: '#a99cc9', waived: '#6f7f96', open: '#5ea9c9', pending: '#4a5a73' } as const;

/** Open incidents: muted while there is time, saturated when there is none. Severity is told by shape and size (symbols.ts). */
export const INCIDENT = { running: '#5c3a52', soon: '#a8446f', over: '#ff2d6f', still: '#3a4254', rim: '#f3b6cd', rimStill: '#93a3ba', ring: '#ffffff', text: '#ffffff' } as const;

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

type Ink = Record<keyof typeof INK, string>;
type Heights = typeof HEIGHTS;

/** All that tells one map style from another. The same thing has the same hue in each. */
export interface Theme {
  ink: Ink;
  management: Record<keyof typeof MANAGEMENT, string>;
  heights: Heights;
  passedHeights: Heights;
  roads: typeof ROADS;
  roadOther: { colour: string; casing: string };
  zones: typeof ZONES;
  zoneOther: string;
  route: string;
  shade: { colour: string; opacity: number };   // on the ground around a building
  outline: string;                              // of a flat building
  labels: { road: string; building: string; place: string };
  facility: (tint: string) => string;           // a point where the page draws an icon of that tint
  light: number;                                // intensity
  sky: { high: string; horizon: string; fog: string };
}

export const DARK: Theme = {
  ink: INK,
  management: MANAGEMENT,
  heights: HEIGHTS,
  passedHeights: PASSED_HEIGHTS,
  roads: ROADS,
  roadOther: { colour: '#2b3a52', casing: '#131d2c' },
  zones: ZONES,
  zoneOther: '#7d8ea8',
  route: '#37e8b8',
  shade: { colour: '#03070d', opacity: 0.75 },
  outline: '#0b1420',
  labels: { road: '#9fb2ca', building: '#dbe8f7', place: '#a9bdd6' },
  facility: (tint) => tint,
  light: 0.42,
  sky: { high: '#0a1322', horizon: '#1d3350', fog: '#0c1624' },
};

/** On paper height is told by depth of colour, not by light: the tallest are the darkest. */
const LIGHT_HEIGHTS: Heights = [[0, '#cdd8e7'], [12, '#b9cde8'], [30, '#9abbe8'], [60, '#74a1e0'], [100, '#4c82d1']];
const LIGHT_PASSED = '#0a8f6b';

/** White streets on a grey ground; the greater the road the darker its edge. */
const LIGHT_EDGES: Record<string, string> = {
  motorway: '#7f92ad', trunk: '#8798b1', primary: '#93a3ba', secondary: '#a1afc3', tertiary: '#aeb9cb', residential: '#bcc6d4',
  service: '#c7cfdb',
};
const LIGHT_WALK = '#98a6b9';
const lightRoads = Object.fromEntries(Object.entries(ROADS).map(([name, road]) => [name,
  { ...road, colour: road.casing ? '#ffffff' : LIGHT_WALK, casing: LIGHT_EDGES[name] ?? '' }]));

export const LIGHT: Theme = {
  ink: {
    ground: '#eceff3', residential: '#e4e9f0', commercial: '#e8e6ee', green: '#c4e0cc', park: '#cde3cf', water: '#b5d4ea',
    waterEdge: '#7eaed0', text: '#17222f', textDim: '#45566b', halo: '#ffffff', hover: '#0097bd', selected: '#e08a00',
    alarm: '#d8281c',
  },
  management: { market: '#0f7cae', state: '#6c4fc6', resident: '#1c8548', other: '#586c87' },
  heights: LIGHT_HEIGHTS,
  passedHeights: LIGHT_HEIGHTS.map(([metres, colour]) => [metres, mix(colour, LIGHT_PASSED, PASSED_SHARE)] as const),
  roads: lightRoads,
  roadOther: { colour: '#ffffff', casing: '#bcc6d4' },
  zones: { sanitation: '#3d5fb8', fire_lane: '#b4562e', green: '#2b845d', parking: '#58687f', playground: '#977010' },
  zoneOther: '#58687f',
  route: LIGHT_PASSED,
  shade: { colour: '#5c6b80', opacity: 0.3 },
  outline: '#7f93b0',
  labels: { road: '#405166', building: '#1b2a3c', place: '#33465c' },
  facility: (tint) => mix(tint, '#0b1420', 0.45),   // tints are made for a dark disc
  light: 0.22,
  sky: { high: '#c6daee', horizon: '#e9eff6', fog: '#eceff3' },
};
