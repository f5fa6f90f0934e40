// Map symbols, drawn here as vectors instead of shipped as a sprite: crisp at any pixel ratio and one request fewer.
import type { Map as MapLibreMap } from 'maplibre-gl';

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
  checkpoint: { tint: '#ffc65c', path: 'M12 19c3-3.8 4.6-6.3 4.6-8.6a4.6 4.6 0 0 0-9.2 0C7.4 12.7 9 15.2 12 19zM10.3 10.4l1.3 1.3 2.3-2.4' },
};

export const KNOWN_FACILITIES = Object.keys(ICONS).filter((kind) => kind !== 'other' && kind !== 'checkpoint');
export const iconName = (kind: string) => `icon-${kind}`;

const PIXELS = 24;

export function addSymbols(map: MapLibreMap): void {
  const ratio = Math.max(2, Math.ceil(devicePixelRatio));
  for (const [kind, icon] of Object.entries(ICONS)) {
    if (map.hasImage(iconName(kind))) continue;
    map.addImage(iconName(kind), paint(icon, ratio), { pixelRatio: ratio });
  }
}

function paint(icon: Icon, ratio: number): ImageData {
  const canvas = new OffscreenCanvas(PIXELS * ratio, PIXELS * ratio);
  const pen = canvas.getContext('2d')!;
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
