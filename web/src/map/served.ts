// The styles that the server hands to other programs, /styles/dark.json and light.json: the page's map as far as it can
// be told without the page. build.mjs runs this; the server puts itself where ORIGIN stands (api/style.c).
import type { StyleSpecification } from 'maplibre-gl';
import { DARK, LIGHT, type Theme } from './palette.ts';
import { SOURCE, atmosphere, layersFor, type FontFaces, type Layer } from './style.ts';

const ORIGIN = '{origin}';
const THEMES: Record<string, Theme> = { dark: DARK, light: LIGHT };

/** By name; `fonts` as the page has them, relative to the page. */
export const servedStyles = (fonts: FontFaces): Record<string, StyleSpecification> =>
  Object.fromEntries(Object.entries(THEMES).map(([name, theme]) => [name, served(name, theme, fonts)]));

function served(name: string, theme: Theme, fonts: FontFaces): StyleSpecification {
  const layers = layersFor({ theme, lang: 'zh', scale: 1, live: false });
  return {
    version: 8,
    name: `Hutong ${name}`,
    'font-faces': absolute(fonts),
    sources: { [SOURCE]: { type: 'vector', url: `${ORIGIN}/tiles/${tileLayers(layers).join(',')}.json` } },
    ...atmosphere(theme),
    layers,
  };
}

const tileLayers = (layers: Layer[]) => [...new Set(layers.flatMap((layer) => 'source-layer' in layer && layer['source-layer'] ? [layer['source-layer']] : []))];

function absolute(fonts: FontFaces): FontFaces {
  const moved = Object.entries(fonts).map(([family, faces]) =>
    [family, (faces as { url: string }[]).map((face) => ({ ...face, url: `${ORIGIN}/${face.url}` }))]);
  return Object.fromEntries(moved) as FontFaces;
}
