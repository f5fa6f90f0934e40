// Map symbols, drawn here as vectors instead of shipped as a sprite: crisp at any pixel ratio and one request fewer.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { SEVERITIES, type Severity, type Standing } from '../incident.ts';
import { DUTY, DUTY_STATE, INCIDENT } from './palette.ts';

interface Icon { tint: string; path: string }

/** 24x24 stroke paths, drawn on a dark disc with a tinted rim. */
export const ICONS: Record<string, Icon> = {
  gate: { tint: '#6fd3f5', path: 'M6 18V7.5h12V18M6 11h12M12 11v7M4.5 18h15' },
  bin: { tint: '#74d69b', path: 'M7.5 9l.8 9.5h7.4L16.5 9M6 8.5h12M10 8.5V6.5h4v2M10.7 11.5v4.5M13.3 11.5v4.5' },
  sorting_station: { tint: '#74d69b', path: 'M5 17V10h5.5v7zM13.5 17V10H19v7zM4 9.5l8-3.5 8 3.5' },
  lamp: { tint: '#ffd884', path: 'M10 19V8a3.5 3.5 0 0 1 7 0M15 8.5h4M8 19h4M14.5 11l-.6 1.6M17 11v1.8M19.4 11l.6 1.6' },
  fire_cabinet: { tint: '#ff9c7a', path: 'M12 5.5c.6 3 4 4.3 4 8a4 4 0 0 1-8 0c0-1.7.9-2.8 1.8-3.7.2 1.3.8 1.9 1.4 2.2-.3-2.5 0-4.5.8-6.5z' },
  lift: { tint: '#a9b9ff', path: 'M7 5.5h10v13H7zM12 5.5v13M9.5 10.5v3M14.5 10.5v3' },
  fitness: { tint: '#f0b6e8', path: 'M6 9v6M8.5 7.5v9M15.5 7.5v9M18 9v6M8.5 12h7' },
  pump: { tint: '#8fc7ff', path: 'M12 5.5c2.5 3.2 4 5.3 4 7.5a4 4 0 0 1-8 0c0-2.2 1.5-4.3 4-7.5z' },
  other: { tint: '#b6c6da', path: 'M8 8h8v8H8z' },
  camera: { tint: '#a9c7e8', path: 'M5.5 8.5h9v7h-9zM14.5 11l4-2v6l-4-2M8 18h4' },
  late: { tint: '#ff8f1f', path: 'M12 6.2l6 10.8H6zM12 10.2v3.2M12 15.3v.2' },
  blind: { tint: '#b7a6e8', path: 'M5.5 12c2-3 4.2-4.5 6.5-4.5s4.5 1.5 6.5 4.5c-2 3-4.2 4.5-6.5 4.5S7.5 15 5.5 12zM6.5 17.5l11-11' },
  checkpoint: { tint: '#ffc65c', path: 'M12 19c3-3.8 4.6-6.3 4.6-8.6a4.6 4.6 0 0 0-9.2 0C7.4 12.7 9 15.2 12 19zM10.3 10.4l1.3 1.3 2.3-2.4' },
};

export const KNOWN_FACILITIES = Object.keys(ICONS).filter((kind) => !['other', 'checkpoint', 'camera', 'late', 'blind'].includes(kind));
export const iconName = (kind: string) => `icon-${kind}`;

const PIXELS = 24;

export function addSymbols(map: MapLibreMap): void {
  const ratio = Math.max(2, Math.ceil(devicePixelRatio));
  for (const [kind, icon] of Object.entries(ICONS)) {
    if (map.hasImage(iconName(kind))) continue;
    map.addImage(iconName(kind), paint(icon, ratio), { pixelRatio: ratio });
  }
  addHatches(map);
  addIncidents(map, ratio);
}

/** Hatching, for those who do not see the colours and for print: stripes of what is late, a grid of what nobody sees. */
export const HATCH_LATE = 'hatch-late';
export const HATCH_BLIND = 'hatch-blind';
export const HATCH_UNKNOWN = 'hatch-unknown';
const TILE = 16;

function addHatches(map: MapLibreMap): void {
  const hatches: Record<string, ImageData> = {
    [HATCH_LATE]: hatch(DUTY.late, DUTY.lateDark, 3.2, ['M-4 12L12 -4M4 20L20 4']),
    [HATCH_BLIND]: hatch(DUTY.blindDark, DUTY.blind, 1.3, ['M-4 12L12 -4M4 20L20 4', 'M4 -4L20 12M-4 4L12 20']),
    [HATCH_UNKNOWN]: hatch('', DUTY_STATE.unknown, 1.6, ['M4 4h.1M12 12h.1']),
  };
  for (const [name, image] of Object.entries(hatches)) if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: 2 });
}

function hatch(ground: string, ink: string, width: number, paths: string[]): ImageData {
  const canvas = new OffscreenCanvas(TILE * 2, TILE * 2);
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(2, 2);
  pen.fillStyle = ground || 'transparent';
  pen.fillRect(0, 0, TILE, TILE);
  pen.strokeStyle = ink;
  pen.lineWidth = width;
  pen.lineCap = ground ? 'butt' : 'round';
  for (const path of paths) pen.stroke(new Path2D(path));
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** 32x32 outlines of an incident's mark: the worse, the larger, and none is another one turned. */
export const SHAPES: Record<Severity, string> = {
  small: 'M16 8.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z',
  serious: 'M9 7.5h14a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 23V9A1.5 1.5 0 0 1 9 7.5z',
  complex: 'M16 3.6L28.4 16L16 28.4L3.6 16z',
  special: 'M16 2l3.9 4.7 6-1-1 6 4.7 4.3-4.7 4.3 1 6-6-1L16 30l-3.9-4.7-6 1 1-6L2.4 16l4.7-4.3-1-6 6 1z',
};
export const incidentIcon = (severity: Severity, standing: Standing, drill: boolean) => `incident-${severity}-${standing}${drill ? '-drill' : ''}`;
const INCIDENT_PIXELS = 32;

function addIncidents(map: MapLibreMap, ratio: number): void {
  for (const severity of SEVERITIES) for (const standing of ['over', 'soon', 'running', 'still'] as const) for (const drill of [false, true]) {
    const name = incidentIcon(severity, standing, drill);
    if (!map.hasImage(name)) map.addImage(name, mark(new Path2D(SHAPES[severity]), standing, drill, ratio), { pixelRatio: ratio });
  }
}

/** What is over has a white rim around it, a drill a broken one. */
function mark(outline: Path2D, standing: Standing, drill: boolean, ratio: number): ImageData {
  const canvas = new OffscreenCanvas(INCIDENT_PIXELS * ratio, INCIDENT_PIXELS * ratio);
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(ratio, ratio);
  pen.lineJoin = 'round';
  pen.lineWidth = 4;
  pen.strokeStyle = 'rgba(6,12,20,.85)';
  pen.stroke(outline);
  pen.fillStyle = INCIDENT[standing];
  pen.fill(outline);
  pen.lineWidth = standing === 'over' ? 2.2 : 1.4;
  pen.strokeStyle = standing === 'over' ? INCIDENT.ring : standing === 'still' ? INCIDENT.rimStill : INCIDENT.rim;
  if (drill) pen.setLineDash([2.6, 2.4]);
  pen.stroke(outline);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function paint(icon: Icon, ratio: number): ImageData {
  const canvas = new OffscreenCanvas(PIXELS * ratio, PIXELS * ratio);
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(ratio, ratio);
  pen.beginPath();
  pen.arc(12, 12, 11, 0, Math.PI * 2);
  pen.fillStyle = 'rgba(9,17,28,.92)';
  pen.fill();
  pen.lineWidth = 1.2;
  pen.strokeStyle = icon.tint;
  pen.stroke();
  pen.lineWidth = 1.5;
  pen.lineJoin = pen.lineCap = 'round';
  pen.stroke(new Path2D(icon.path));
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
