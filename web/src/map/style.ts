// The map style: one vector source, local fonts, no sprite, no glyph server. Layers are listed bottom to top and carry
// the group (legend switch) they belong to. The page's own (buildStyle) and those for other programs (served.ts) are
// the same layers, told apart by what they are made for.
import type { ExpressionSpecification as Expression, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { TileJson } from '../api.ts';
import { STATES, type DutyLevel } from '../due.ts';
import type { LayerGroup } from '../store.ts';
import type { Lang } from '../words.ts';
import { DARK, DUTY, DUTY_STATE, type Theme } from './palette.ts';
import { HATCH_BLIND, HATCH_LATE, HATCH_UNKNOWN, ICONS, KNOWN_FACILITIES, iconName } from './symbols.ts';

export const SOURCE = 'hutong';
export const BUILDINGS_3D = 'buildings-3d';
export const BUILDINGS_2D = 'buildings-2d';
export const ESTATE_LABELS = 'estate-labels';
export const BUILDING_LABELS = 'building-labels';

/** Between these zooms the buildings rise from their footprints. */
export const RISING_ZOOM = 12.8;
export const RISEN_ZOOM = 14;

export type FontFaces = NonNullable<StyleSpecification['font-faces']>;
export type Layer = LayerSpecification & { metadata?: { group?: LayerGroup; label?: 'two' | 'one' } };

/** What a style is made for. */
export interface Purpose {
  theme: Theme;
  lang: Lang;
  scale: number;   // enlarges text and symbols on very large screens
  live: boolean;   // the page: it draws icons, and tells the map what happens at each building
}

const MEDIUM = ['Hutong Medium'];
const BOLD = ['Hutong Bold'];
const has = (key: string): Expression => ['to-boolean', ['get', key]];
const from = (sourceLayer: string) => ({ source: SOURCE, 'source-layer': sourceLayer });
const state = (key: string): Expression => ['boolean', ['feature-state', key], false];
const halo = (theme: Theme) => ({ 'text-halo-color': theme.ink.halo, 'text-halo-width': 1.6, 'text-halo-blur': 0.4 });

/** First language on top, the other one smaller below (`two`), or the first alone (`one`). */
export function labelField(lang: Lang, lines: 'two' | 'one', theme = DARK): Expression {
  const [first, second] = lang === 'zh' ? ['name', 'name_en'] : ['name_en', 'name'];
  const main: Expression = ['coalesce', ['get', first!], ['get', second!], ''];
  if (lines === 'one') return main;
  const other: Expression = ['case', ['all', has(first!), has(second!), ['!=', ['get', first!], ['get', second!]]],
    ['concat', '\n', ['get', second!]], ''];
  return ['format', main, {}, other, { 'font-scale': 0.66, 'text-font': ['literal', MEDIUM], 'text-color': theme.ink.textDim }];
}

const managementColour = ({ management }: Theme): Expression => ['match', ['slice', ['coalesce', ['get', 'management_type'], ''], 0, 5],
  'marke', management.market, 'state', management.state, 'resid', management.resident, management.other];

/** Levels of a building's feature-state `level` (states.ts). */
export const LEVEL_PASSED = 1;
export const LEVEL_ALARM = 2;

const byHeight = (stops: readonly (readonly [number, string])[]): Expression =>
  ['interpolate', ['linear'], ['coalesce', ['get', 'height_m'], 9], ...stops.flat()] as Expression;
const buildingColour = ({ theme: { ink, heights, passedHeights }, live }: Purpose): Expression => !live ? byHeight(heights) :
  ['case', state('selected'), ink.selected, state('hover'), ink.hover,
    ['match', ['number', ['feature-state', 'level'], 0], LEVEL_ALARM, ink.alarm, LEVEL_PASSED, byHeight(passedHeights), byHeight(heights)]];

/** The same while duties are shown, and nothing else. Below that zoom estates stand for their buildings, under ids of their own. */
export const DUTY_LEVELS: readonly DutyLevel[] = ['none', 'fresh', 'soon', 'late'];
const dutyColour: Expression = ['case', state('selected'), DARK.ink.selected, state('hover'), DARK.ink.hover, ['has', 'count'], DUTY.none,
  ['match', ['number', ['feature-state', 'duty'], 0], 1, DUTY.fresh, 2, DUTY.soon, 3, DUTY.late, DUTY.none]];
const PAGE: Purpose = { theme: DARK, lang: 'zh', scale: 1, live: true };
export const buildingPaint = (duties: boolean): Expression => duties ? dutyColour : buildingColour(PAGE);

/** Features with one of these ids. */
export const oneOf = (ids: readonly number[]): Expression | boolean =>
  ids.length === 0 ? false : ['match', ['id'], [...ids], true, false] as unknown as Expression;

/** Buildings rise while one zooms in, so far views stay flat and fast. */
const rising = (key: string, more = 0): Expression => ['interpolate', ['linear'], ['zoom'], RISING_ZOOM, 0, RISEN_ZOOM,
  more ? ['+', ['coalesce', ['get', key], 9], more] : ['coalesce', ['get', key], key === 'height_m' ? 9 : 0]];

const ground = ({ ink }: Theme): Layer[] => [
  { id: 'ground', type: 'background', paint: { 'background-color': ink.ground } },
  { id: 'landuse', type: 'fill', ...from('landuse'), metadata: { group: 'nature' }, paint: {
    'fill-color': ['match', ['get', 'class'], ['park', 'grass', 'forest', 'wood', 'garden', 'recreation_ground', 'meadow', 'green'],
      ink.park, ['commercial', 'retail', 'industrial'], ink.commercial, ink.residential] } },
  { id: 'water', type: 'fill', ...from('water'), metadata: { group: 'nature' }, paint: { 'fill-color': ink.water } },
  { id: 'water-edge', type: 'line', ...from('water'), metadata: { group: 'nature' }, paint: {
    'line-color': ink.waterEdge, 'line-width': 1.2, 'line-opacity': 0.8 } },
];

const estates = (theme: Theme): Layer[] => [
  { id: 'estate-fill', type: 'fill', ...from('estates'), metadata: { group: 'estates' }, paint: {
    'fill-color': managementColour(theme), 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0.16, 16, 0.06] } },
];

const zones = (theme: Theme): Layer[] => [
  { id: 'zone-green', type: 'fill', ...from('zones'), metadata: { group: 'nature' }, filter: ['==', ['get', 'kind'], 'green'],
    paint: { 'fill-color': theme.ink.green } },
  { id: 'zone-fill', type: 'fill', ...from('zones'), metadata: { group: 'zones' }, minzoom: 14.5,
    filter: ['!', ['in', ['get', 'kind'], ['literal', ['green', 'sanitation']]]],
    paint: { 'fill-color': zoneColour(theme), 'fill-opacity': 0.2 } },
  { id: 'zone-edge', type: 'line', ...from('zones'), metadata: { group: 'zones' }, minzoom: 15,
    filter: ['!=', ['get', 'kind'], 'green'],
    paint: { 'line-color': zoneColour(theme), 'line-opacity': 0.55, 'line-width': 1.1, 'line-dasharray': [3, 2.5] } },
];

function zoneColour(theme: Theme): Expression {
  return ['match', ['get', 'kind'], ...Object.entries(theme.zones).flat(), theme.zoneOther] as unknown as Expression;
}

/** `pick` gives a value per road class; the width grows with zoom so that streets keep their true proportions. */
function roadMatch({ roads }: Theme, pick: (road: Theme['roads'][string]) => string | number, fallback: string | number): Expression {
  return ['match', ['get', 'class'], ...Object.entries(roads).flatMap(([name, road]) => [name, pick(road)]), fallback] as unknown as Expression;
}

function roadWidth(theme: Theme, extra: number): Expression {
  const at = (factor: number) => roadMatch(theme, (road) => road.width * factor + extra, 4 * factor + extra);
  return ['interpolate', ['exponential', 1.6], ['zoom'], 11, at(0.1), 14, at(0.33), 16, at(1), 19, at(4.2)];
}

const roads = (theme: Theme): Layer[] => {
  const layout = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const walk: Expression = ['in', ['get', 'class'], ['literal', ['footway', 'path', 'steps', 'cycleway', 'pedestrian']]];
  const early: Expression = ['>=', ['zoom'], ['-', roadMatch(theme, (road) => road.from, 13), 1]];
  return [
    { id: 'road-casing', type: 'line', ...from('roads'), metadata: { group: 'roads' }, minzoom: 12, layout,
      filter: ['all', ['!', walk], early], paint: { 'line-color': roadMatch(theme, (road) => road.casing || theme.ink.ground, theme.roadOther.casing), 'line-width': roadWidth(theme, 2.4) } },
    { id: 'road', type: 'line', ...from('roads'), metadata: { group: 'roads' }, layout,
      filter: ['all', ['!', walk], early], paint: { 'line-color': roadMatch(theme, (road) => road.colour, theme.roadOther.colour), 'line-width': roadWidth(theme, 0) } },
    { id: 'road-walk', type: 'line', ...from('roads'), metadata: { group: 'roads' }, minzoom: 14.5, filter: walk, paint: {
      'line-color': theme.roads['footway']!.colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 15, 0.8, 18, 2.4], 'line-dasharray': [2, 1.6] } },
  ];
};

const overlays = (theme: Theme): Layer[] => [
  { id: 'routes', type: 'line', ...from('routes'), metadata: { group: 'routes' }, layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': theme.route, 'line-opacity': 0.6, 'line-width': ['interpolate', ['linear'], ['zoom'], 13, 1.2, 18, 3.5], 'line-dasharray': [0.2, 2] } },
  { id: 'estate-glow', type: 'line', ...from('estates'), metadata: { group: 'estates' }, layout: { 'line-join': 'round' }, paint: {
    'line-color': managementColour(theme), 'line-opacity': 0.2, 'line-blur': 6, 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 4, 17, 12] } },
  { id: 'estate-edge', type: 'line', ...from('estates'), metadata: { group: 'estates' }, layout: { 'line-join': 'round' }, paint: {
    'line-color': managementColour(theme), 'line-opacity': 0.85, 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 0.9, 17, 2.2] } },
];

const buildings = (purpose: Purpose): Layer[] => [
  // A soft dark rim on the ground under each building: cheap ambient occlusion, which roots the volumes.
  { id: 'building-shade', type: 'line', ...from('buildings'), metadata: { group: 'buildings' }, minzoom: 14.5, paint: {
    'line-color': purpose.theme.shade.colour, 'line-opacity': purpose.theme.shade.opacity, 'line-blur': ['interpolate', ['exponential', 2], ['zoom'], 14, 2, 18, 22],
    'line-width': ['interpolate', ['exponential', 2], ['zoom'], 14, 3, 18, 34] } },
  { id: BUILDINGS_2D, type: 'fill', ...from('buildings'), metadata: { group: 'buildings' }, paint: {
    'fill-color': buildingColour(purpose), 'fill-outline-color': purpose.theme.outline, 'fill-opacity': 0.95 } },
  { id: BUILDINGS_3D, type: 'fill-extrusion', ...from('buildings'), metadata: { group: 'buildings' }, minzoom: RISING_ZOOM, paint: {
    'fill-extrusion-color': buildingColour(purpose), 'fill-extrusion-height': rising('height_m'), 'fill-extrusion-base': rising('min_height_m'), } },
];

/** On a 4K wall the same ground covers more pixels at a higher zoom: small things appear that much later. */
const close = (zoom: number, scale: number) => zoom + Math.log2(scale);

/** Gates come first: they are what one looks for. */
const facilityFilter = (others: number, scale: number): Expression =>
  ['any', ['>=', ['zoom'], Math.round(close(others, scale))], ['==', ['get', 'kind'], 'gate']];

function facilityMatch(pick: (kind: string) => string): Expression {
  return ['match', ['get', 'kind'], ...KNOWN_FACILITIES.flatMap((kind) => [kind, pick(kind)]), pick('other')] as unknown as Expression;
}

const symbols = ({ theme: { ink }, scale }: Purpose): Layer[] => [
  { id: 'facilities', type: 'symbol', ...from('facilities'), metadata: { group: 'facilities' }, minzoom: close(15.6, scale),
    filter: facilityFilter(16, scale),
    layout: { 'icon-image': facilityMatch(iconName),
      'icon-size': ['interpolate', ['linear'], ['zoom'], 15.6, 0.6 * scale, 18, scale], 'icon-padding': 3,
      'symbol-sort-key': ['match', ['get', 'kind'], 'gate', 0, 'fire_cabinet', 1, 'sorting_station', 2, 'bin', 3, 'lamp', 9, 5] } },
  { id: 'checkpoint-dots', type: 'circle', ...from('checkpoints'), metadata: { group: 'checkpoints' }, minzoom: 14, maxzoom: close(16, scale), paint: {
    'circle-radius': 2.4 * scale, 'circle-color': ICONS['checkpoint']!.tint, 'circle-opacity': 0.85, 'circle-stroke-width': 1.4, 'circle-stroke-color': ink.halo } },
  { id: 'checkpoints', type: 'symbol', ...from('checkpoints'), metadata: { group: 'checkpoints' }, minzoom: close(16, scale),
    layout: { 'icon-image': iconName('checkpoint'), 'icon-size': ['interpolate', ['linear'], ['zoom'], 16, 0.75 * scale, 18, scale], 'icon-padding': 3 } },
];

/** The same for a program that has no icons of ours: dots of the icons' colours. Dots do not make room for each other as
    icons do, so those that are many come a zoom later. */
const dots = ({ theme, scale }: Purpose): Layer[] => {
  const rim = { 'circle-stroke-width': 1, 'circle-stroke-color': theme.ink.halo } as const;
  const tint = (kind: string) => theme.facility(ICONS[kind]!.tint);
  const radius = (low: number, a: number, high: number, b: number): Expression => ['interpolate', ['linear'], ['zoom'], low, a * scale, high, b * scale];
  return [
    { id: 'facilities', type: 'circle', ...from('facilities'), metadata: { group: 'facilities' }, minzoom: close(15.6, scale),
      filter: facilityFilter(17, scale), paint: { 'circle-color': facilityMatch(tint), 'circle-radius': radius(15.6, 2.6, 19, 5), ...rim } },
    { id: 'checkpoints', type: 'circle', ...from('checkpoints'), metadata: { group: 'checkpoints' }, minzoom: 14,
      paint: { 'circle-color': tint('checkpoint'), 'circle-radius': radius(14, 2.4, 19, 5.5), ...rim } },
  ];
};

// --- duties: what is drawn over the map while they are shown (duties.ts sets filters, texts and data) ---

export const DUTY_DEVICES = 'duty-devices';
export const DUTY_LATE = ['duty-late-2d', 'duty-late-3d', 'duty-late-mark'] as const;
export const DUTY_BLIND = ['duty-blind-2d', 'duty-blind-3d', 'duty-blind-mark'] as const;
export const DUTY_ZONES = ['duty-zone-fill', 'duty-zone-edge', 'duty-zone-label'] as const;
const DUTIES = { group: 'duties' as const };
const NONE: Expression | boolean = ['==', ['id'], -1];
const zoneDuty: Expression = ['match', ['number', ['feature-state', 'duty'], 0], ...STATES.flatMap((one, i) => [i + 1, DUTY_STATE[one]]), DUTY_STATE.pending] as unknown as Expression;
const levelColour: Expression = ['match', ['get', 'level'], 3, DUTY.late, 2, DUTY.soon, '#9db0c8'];

const dutyGround = (): Layer[] => [
  { id: 'duty-zone-fill', type: 'fill', ...from('zones'), metadata: DUTIES, filter: NONE, paint: { 'fill-color': zoneDuty, 'fill-opacity': 0.3 } },
  { id: 'duty-zone-missed', type: 'fill', ...from('zones'), metadata: DUTIES, filter: NONE, paint: { 'fill-pattern': HATCH_LATE, 'fill-opacity': 0.45 } },
  { id: 'duty-zone-unknown', type: 'fill', ...from('zones'), metadata: DUTIES, filter: NONE, paint: { 'fill-pattern': HATCH_UNKNOWN, 'fill-opacity': 0.6 } },
  { id: 'duty-zone-edge', type: 'line', ...from('zones'), metadata: DUTIES, filter: NONE, layout: { 'line-join': 'round' },
    paint: { 'line-color': zoneDuty, 'line-width': ['interpolate', ['linear'], ['zoom'], 13, 1, 18, 2.6] } },
];

const pattern = (image: string, ids: readonly [string, string, string]): Layer[] => [
  { id: ids[0], type: 'fill', ...from('buildings'), metadata: DUTIES, minzoom: 13, filter: NONE, paint: { 'fill-pattern': image } },
  { id: ids[1], type: 'fill-extrusion', ...from('buildings'), metadata: DUTIES, minzoom: 13, filter: NONE, paint: {
    'fill-extrusion-pattern': image, 'fill-extrusion-height': rising('height_m', 0.3), 'fill-extrusion-base': rising('min_height_m') } },
];
const dutyBuildings = (): Layer[] => [...pattern(HATCH_BLIND, DUTY_BLIND), ...pattern(HATCH_LATE, DUTY_LATE)];

const dutyMark = (id: string, icon: string, colour: string, scale: number, lines: readonly [number, number], theme: Theme): Layer => (
  { id, type: 'symbol', ...from('buildings'), metadata: DUTIES, minzoom: 13, filter: NONE,
    layout: { 'icon-image': iconName(icon), 'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.55 * scale, 17, 0.95 * scale], 'icon-padding': 1,
      'icon-allow-overlap': ['step', ['zoom'], false, 15, true], 'text-field': '', 'text-optional': true, 'text-font': BOLD, 'text-anchor': 'top',
      'text-offset': [...lines], 'text-size': ['interpolate', ['linear'], ['zoom'], 14, 10.5 * scale, 18, 14 * scale],
      'symbol-height-offset': ['coalesce', ['get', 'height_m'], 9] },
    paint: { 'text-color': colour, ...halo(theme) } });

const dutySymbols = ({ theme, scale }: Purpose): Layer[] => [
  { id: 'duty-zone-label', type: 'symbol', ...from('zones'), metadata: DUTIES, minzoom: 13.5, filter: NONE,
    layout: { 'text-field': '', 'text-font': BOLD, 'text-size': ['interpolate', ['linear'], ['zoom'], 13.5, 10.5 * scale, 18, 15 * scale], 'text-padding': 2 },
    paint: { 'text-color': theme.ink.text, ...halo(theme) } },
  { id: 'duty-device', type: 'symbol', source: DUTY_DEVICES, metadata: DUTIES, minzoom: 14,
    layout: { 'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 14, 0.5 * scale, 18, 0.95 * scale], 'icon-padding': 1,
      'text-field': ['step', ['zoom'], ['case', ['>=', ['get', 'level'], 2], ['get', 'text'], ''], 16.5, ['get', 'text']], 'text-font': MEDIUM, 'text-optional': true,
      'text-anchor': 'top', 'text-offset': [0, 0.9], 'text-size': ['interpolate', ['linear'], ['zoom'], 14, 10 * scale, 18, 13 * scale],
      'symbol-sort-key': ['-', 0, ['get', 'level']] },
    paint: { 'text-color': levelColour, ...halo(theme) } },
  dutyMark('duty-blind-mark', 'blind', DUTY.blind, scale, [0, 1], theme),
  dutyMark('duty-late-mark', 'late', DUTY.late, scale, [0, 1], theme),
];

// --- open incidents (incidents.ts sets the data) ---

export const INCIDENTS = 'incidents';
export const INCIDENT_MARKS = 'incident-marks';
export const INCIDENT_LABELS = 'incident-labels';

/** Marks are never left out, the worst lies on top; they stand above what has the place's name, and take no name's room. */
const incidentSymbols = ({ theme, scale }: Purpose): Layer[] => [
  { id: INCIDENT_LABELS, type: 'symbol', source: INCIDENTS, metadata: { group: 'incidents' }, minzoom: close(15, scale),
    layout: { 'text-field': ['get', 'text'], 'text-font': BOLD, 'text-anchor': 'bottom', 'text-offset': [0, -3], 'text-padding': 2,
      'text-size': ['interpolate', ['linear'], ['zoom'], 15, 11 * scale, 18, 14 * scale], 'symbol-sort-key': ['-', 0, ['get', 'rank']],
      'symbol-height-offset': ['get', 'height'] },
    paint: { 'text-color': ['match', ['get', 'standing'], 'over', '#ffb3cb', theme.ink.text], ...halo(theme) } },
  { id: INCIDENT_MARKS, type: 'symbol', source: INCIDENTS, metadata: { group: 'incidents' },
    layout: { 'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 11, 0.62 * scale, 16, 1.05 * scale], 'icon-offset': [0, -16], 'icon-allow-overlap': true,
      'icon-ignore-placement': true, 'text-ignore-placement': true, 'text-field': ['get', 'count'], 'text-font': BOLD, 'text-offset': [0, -1.24], 'text-size': ['interpolate', ['linear'], ['zoom'], 11, 8.5 * scale, 16, 13 * scale],
      'text-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'], 'symbol-height-offset': ['get', 'height'] },
    paint: { 'text-color': theme.ink.text } },
];

const textSize = (scale: number) => (low: number, a: number, high: number, b: number): Expression =>
  ['interpolate', ['linear'], ['zoom'], low, a * scale, high, b * scale];

/** Street names lie on the ground: below the buildings, so that a tower hides them instead of wearing them. */
const roadLabels = ({ theme, lang, scale }: Purpose): Layer[] => {
  const size = textSize(scale);
  return [
    { id: 'road-labels', type: 'symbol', ...from('roads'), metadata: { group: 'labels', label: 'one' }, minzoom: 14, filter: ['any', has('name'), has('name_en')],
      layout: { 'symbol-placement': 'line', 'text-field': labelField(lang, 'one', theme), 'text-font': MEDIUM, 'text-size': size(14, 11, 18, 15),
        'text-letter-spacing': 0.12, 'symbol-spacing': 420 * scale, 'text-max-angle': 30, 'text-padding': 6 },
      paint: { 'text-color': theme.labels.road, ...halo(theme) } },
  ];
};

const labels = ({ theme, lang, scale }: Purpose): Layer[] => {
  const size = textSize(scale);
  return [
    { id: BUILDING_LABELS, type: 'symbol', ...from('buildings'), metadata: { group: 'labels', label: 'one' }, minzoom: close(16, scale), filter: ['any', has('name'), has('name_en')],
      layout: { 'text-field': labelField(lang, 'one', theme), 'text-font': MEDIUM, 'text-size': size(16, 10.5, 19, 15), 'text-max-width': 7, 'text-padding': 4,
        'symbol-height-offset': ['coalesce', ['get', 'height_m'], 9], 'symbol-sort-key': ['-', 0, ['coalesce', ['get', 'height_m'], 0]] },
      paint: { 'text-color': theme.labels.building, ...halo(theme) } },
    { id: 'place-labels', type: 'symbol', ...from('places'), metadata: { group: 'labels', label: 'two' }, minzoom: 11, filter: ['any', has('name'), has('name_en')],
      layout: { 'text-field': labelField(lang, 'two', theme), 'text-font': MEDIUM, 'text-size': size(12, 11, 17, 15), 'text-max-width': 9, 'text-padding': 8 },
      paint: { 'text-color': theme.labels.place, ...halo(theme) } },
    { id: ESTATE_LABELS, type: 'symbol', ...from('estate_labels'), metadata: { group: 'labels', label: 'two' }, minzoom: 12,
      layout: { 'text-field': labelField(lang, 'two', theme), 'text-font': BOLD, 'text-size': size(12.5, 12, 17, 21), 'text-letter-spacing': 0.04,
        'text-line-height': 1.25, 'text-max-width': 12, 'text-padding': 4, 'symbol-height-offset': 8 },
      paint: { 'text-color': theme.ink.text, 'text-halo-color': theme.ink.halo, 'text-halo-width': 2.2, 'text-halo-blur': 0.6 } },
  ];
};

export function layersFor(purpose: Purpose): Layer[] {
  const { theme, live } = purpose;
  return [...ground(theme), ...estates(theme), ...zones(theme), ...(live ? dutyGround() : []), ...roads(theme), ...overlays(theme),
    ...roadLabels(purpose), ...buildings(purpose), ...(live ? dutyBuildings() : []), ...(live ? symbols(purpose) : dots(purpose)),
    ...labels(purpose), ...(live ? [...dutySymbols(purpose), ...incidentSymbols(purpose)] : [])];
}

export const atmosphere = ({ light, sky }: Theme): Pick<StyleSpecification, 'light' | 'sky'> => ({
  light: { anchor: 'viewport', position: [1.3, 305, 42], color: '#ffffff', intensity: light },
  sky: { 'sky-color': sky.high, 'horizon-color': sky.horizon, 'fog-color': sky.fog, 'sky-horizon-blend': 0.7, 'horizon-fog-blend': 0.6, 'fog-ground-blend': 0.55 },
});

const nothing = () => ({ type: 'geojson' as const, data: { type: 'FeatureCollection' as const, features: [] } });

/** Tile addresses come absolute; behind a proxy the origin in them may be wrong, and no request may leave ours. */
const sameOrigin = (url: string) => location.origin + url.replace(/^[a-z]+:\/\/[^/]+/i, '');

export function buildStyle(tiles: TileJson, fonts: FontFaces, lang: Lang, scale: number): StyleSpecification {
  return {
    version: 8,
    'font-faces': fonts,
    // No `bounds`: an import may widen them while a wall screen is open, and an empty tile costs a 204.
    sources: { [SOURCE]: { type: 'vector', tiles: tiles.tiles.map(sameOrigin), minzoom: tiles.minzoom ?? 0, maxzoom: tiles.maxzoom ?? 16 },
      [DUTY_DEVICES]: nothing(), [INCIDENTS]: nothing() },
    ...atmosphere(DARK),
    layers: layersFor({ theme: DARK, lang, scale, live: true }),
  };
}
