// Bundles the screens into dist/: everything the page ever asks for, because no request may leave the machine.
//   node build.mjs            one optimised build
//   node build.mjs --watch    rebuild on change (development)
import { build, context } from 'esbuild';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, 'dist');
const require = createRequire(import.meta.url);
const packageDir = (name) => path.dirname(require.resolve(`${name}/package.json`));

const BUNDLED = ['maplibre-gl', 'preact', '@preact/signals', '@fontsource/noto-sans-sc'];

// Medium for all text; bold only for the slices (>= 100) that hold the ~2,000 commonest characters.
// What bold lacks falls through to medium, so nothing is ever missing and the fonts stay near 3 MB.
const WEIGHTS = [
  { weight: 500, name: 'medium', keep: () => true },
  { weight: 700, name: 'bold', keep: (slice) => slice === 'latin' || Number(slice) >= 100 },
];
const isEmoji = (slice) => slice === '4';

async function copyFonts() {
  const dir = packageDir('@fontsource/noto-sans-sc');
  const ranges = JSON.parse(await readFile(path.join(dir, 'unicode.json'), 'utf8'));
  await mkdir(path.join(dist, 'fonts'), { recursive: true });
  const faces = [];
  for (const { weight, name, keep } of WEIGHTS) {
    for (const [key, range] of Object.entries(ranges)) {
      const slice = key.replace(/[[\]]/g, '');
      if (!keep(slice) || isEmoji(slice)) continue;
      const file = `${name}-${slice}.woff2`;
      await cp(path.join(dir, 'files', `noto-sans-sc-${slice}-${weight}-normal.woff2`), path.join(dist, 'fonts', file));
      faces.push({ weight: name, file, ranges: range.split(',') });
    }
  }
  return faces;
}

function fontCss(faces) {
  const family = { medium: 'Hutong Sans', bold: 'Hutong Sans Bold' };
  return faces.map(({ weight, file, ranges }) =>
    `@font-face{font-family:'${family[weight]}';font-weight:100 900;font-display:swap;` +
    `src:url(fonts/${file}) format('woff2');unicode-range:${ranges.join(',')}}`).join('\n') + '\n';
}

// MapLibre draws its labels from the very same files (style property `font-faces`), so no glyph server is needed.
function fontFaces(faces) {
  const all = {};
  for (const { weight, file, ranges } of faces) {
    const name = weight === 'medium' ? 'Hutong Medium' : 'Hutong Bold';
    (all[name] ??= []).push({ url: `fonts/${file}`, 'unicode-range': ranges });
  }
  return all;
}

async function copyStatic(faces) {
  await cp(path.join(packageDir('maplibre-gl'), 'dist', 'maplibre-gl-worker.mjs'), path.join(dist, 'map-worker.js'));
  for (const page of ['index.html', 'task.html']) await cp(path.join(here, 'src', page), path.join(dist, page));
  await cp(path.join(here, 'src', 'assets'), dist, { recursive: true });
  await writeFile(path.join(dist, 'fonts.css'), fontCss(faces));
  await writeFile(path.join(dist, 'fonts.json'), JSON.stringify(fontFaces(faces)));
}

// Whole styles for other programs, out of the very code that draws the page.
async function writeStyles(faces) {
  const bundle = await build({ entryPoints: [path.join(here, 'src', 'map', 'served.ts')], bundle: true, write: false,
    format: 'esm', platform: 'node', target: ['node18'] });
  const { servedStyles } = await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`);
  await mkdir(path.join(dist, 'styles'), { recursive: true });
  for (const [name, style] of Object.entries(servedStyles(fontFaces(faces)))) {
    await writeFile(path.join(dist, 'styles', `${name}.json`), JSON.stringify(style));
  }
}

// The licence text of every package that ends up in the page, dependencies of dependencies included.
async function licences(names, seen = new Map()) {
  for (const name of names) {
    const dir = path.join(here, 'node_modules', name);
    if (seen.has(name) || name.startsWith('@types/')) continue;
    const { version, license, dependencies } = JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8'));
    const file = (await readdir(dir)).find((entry) => /^licen[cs]e/i.test(entry));
    seen.set(name, `${name} ${version} (${license})\n\n${file ? await readFile(path.join(dir, file), 'utf8') : ''}`);
    await licences(Object.keys(dependencies ?? {}), seen);
  }
  return [...seen.values()].join(`\n${'-'.repeat(80)}\n`);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const faces = await copyFonts();
await copyStatic(faces);
await writeStyles(faces);

await writeFile(path.join(dist, 'licences.txt'), await licences(BUNDLED));

const options = {
  entryPoints: { app: path.join(here, 'src', 'main.tsx'), task: path.join(here, 'src', 'task.tsx') },
  outdir: dist,
  bundle: true,
  format: 'esm',
  target: ['es2022'],
  minify: true,
  legalComments: 'none',   // licences.txt has them whole
  logLevel: 'info',
};
if (process.argv.includes('--watch')) await (await context(options)).watch();
else await build(options);
