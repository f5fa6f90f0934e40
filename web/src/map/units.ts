// Moving units as an HTML layer over the map. Not a map layer on purpose: a wall screen runs for months, and repainting a
// 3D scene at 60 frames a second only because a guard takes a step would burn it. The map stays idle; these dots move.
import type { Map as MapLibreMap } from 'maplibre-gl';
import type { Asset } from '../api.ts';
import { age, callSign, enumWord, t } from '../i18n.ts';
import { FRESH_S, ageOf, isStale, serverNow } from '../store.ts';
import { STALE, unitColour } from './palette.ts';
import { ESTATE_LABELS, INCIDENT_MARKS } from './style.ts';

interface Point { lon: number; lat: number }
interface Dot {
  asset: Asset;
  from: Point;
  start: number;      // performance.now() at which the step to the asset's position began
  duration: number;   // ms
  root: HTMLButtonElement;
  name: HTMLElement;
  late: HTMLElement;
  width: number;      // label width in pixels, measured when its text changes
}

const MIN_STEP_MS = 250;
const MAX_STEP_MS = 2_500;
const JUMP_M = 250;          // further than anybody walks between two fixes: move there at once
const DECLUTTER_MS = 200;
const LABEL_LIMIT = 150;     // more than this on screen: dots only

/** Who asked for less motion gets steps instead of glides, as in app.css. */
const still = matchMedia('(prefers-reduced-motion: reduce)');

export class UnitLayer {
  private readonly dots = new Map<number, Dot>();
  private readonly box = document.createElement('div');
  private frame = 0;
  private waiting = false;
  private shown = true;
  private followed: number | null = null;

  constructor(private readonly map: MapLibreMap, private readonly onPick: (id: number) => void) {
    this.box.className = 'units';
    map.getCanvasContainer().append(this.box);
    map.on('render', this.draw);
    map.on('moveend', this.declutterSoon);
  }

  setVisible(shown: boolean): void {
    this.shown = shown;
    this.box.hidden = !shown;
    if (shown) this.wake();
  }

  setFollowed(id: number | null): void {
    this.followed = id;
    this.refresh();
  }

  update(assets: ReadonlyMap<number, Asset>): void {
    for (const [id, dot] of this.dots) {
      if (assets.has(id)) continue;
      dot.root.remove();
      this.dots.delete(id);
    }
    for (const asset of assets.values()) this.place(asset);
    this.declutterSoon();
    this.wake();
  }

  /** Where a unit is drawn right now, between its last fix and the newest. */
  at(id: number): Point | null {
    const dot = this.dots.get(id);
    return dot ? interpolate(dot, performance.now()) : null;
  }

  /** Texts and colours follow age and language; called twice a second. */
  refresh(): void {
    const now = serverNow();
    for (const dot of this.dots.values()) paint(dot, now, dot.asset.id === this.followed);
    this.declutterSoon();
  }

  private place(asset: Asset): void {
    const dot = this.dots.get(asset.id) ?? this.create(asset);
    if (dot.asset === asset) return;
    const here = interpolate(dot, performance.now());
    const gap = Date.parse(asset.t_event) - Date.parse(dot.asset.t_event);
    const far = distance(here, asset) > JUMP_M;
    dot.from = here;
    dot.start = performance.now();
    dot.duration = far || still.matches ? 0 : Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, gap));
    dot.asset = asset;
    paint(dot, serverNow(), asset.id === this.followed);
  }

  private create(asset: Asset): Dot {
    const root = document.createElement('button');
    root.className = 'unit';
    root.tabIndex = -1;   // the list of units serves the keyboard; hundreds of stops on the map would not
    root.innerHTML = '<i class="unit-ring"></i><i class="unit-course"></i><i class="unit-dot"></i>' +
      '<span class="unit-label"><b></b><small></small></span>';
    root.addEventListener('click', (event) => {
      event.stopPropagation();
      this.onPick(asset.id);
    });
    const dot: Dot = { asset, from: asset, start: 0, duration: 0, root, width: 0,
      name: root.querySelector('b')!, late: root.querySelector('small')! };
    root.dataset['unit'] = String(asset.id);
    this.dots.set(asset.id, dot);
    this.box.append(root);
    paint(dot, serverNow(), asset.id === this.followed);
    return dot;
  }

  private wake(): void {
    if (!this.frame && this.shown) this.frame = requestAnimationFrame(this.step);
  }

  /** Runs only while something is under way. */
  private readonly step = (): void => {
    this.frame = 0;
    this.draw();
    const now = performance.now();
    for (const dot of this.dots.values()) if (now < dot.start + dot.duration) return this.wake();
    this.declutterSoon();
  };

  private readonly draw = (): void => {
    if (!this.shown) return;
    const now = performance.now();
    this.box.style.setProperty('--unit-size', String(Math.min(1, Math.max(0.55, 0.3 + (this.map.getZoom() - 12) / 5))));
    for (const dot of this.dots.values()) {
      const here = interpolate(dot, now);
      const { x, y } = this.map.project([here.lon, here.lat]);
      dot.root.style.transform = `translate(${x.toFixed(1)}px,${y.toFixed(1)}px)`;
      const course = dot.asset.course_deg;
      if (course != null) dot.root.style.setProperty('--course', `${(course - this.map.getBearing()).toFixed(0)}deg`);
    }
  };

  /** It measures the page, which lays it out anew, and the feed brings news many times a second. */
  private readonly declutterSoon = (): void => {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => { this.waiting = false; this.declutter(); }, DECLUTTER_MS);
  };

  /** Hides labels that would cover another one; the followed unit wins, then the freshest. */
  private readonly declutter = (): void => {
    if (!this.shown) return;
    const { clientWidth, clientHeight } = this.map.getContainer();
    const line = parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.7;
    const now = performance.now();
    const inView = [...this.dots.values()]
      .map((dot) => ({ dot, point: this.project(dot, now) }))
      .filter(({ point }) => point.x > -50 && point.y > -50 && point.x < clientWidth + 50 && point.y < clientHeight + 50)
      .sort((a, b) => rank(b.dot, this.followed) - rank(a.dot, this.followed));
    const taken = this.mapLabels(line);
    for (const { dot, point } of inView) {
      const right = new DOMRect(point.x, point.y - line / 2, line + dot.width, line);
      const left = new DOMRect(point.x - line - dot.width, right.y, right.width, line);
      const free = inView.length > LABEL_LIMIT ? undefined
        : [right, left].find((box) => !taken.some((other) => overlap(box, other)));
      dot.root.classList.toggle('is-left', free === left);
      dot.root.classList.toggle('is-bare', !free && dot.asset.id !== this.followed);
      if (free) taken.push(free);
    }
  };

  /** Boxes of the estates' names, roughly: two centred lines; and of incidents. They are the map's hierarchy, call signs give way. */
  private mapLabels(line: number): DOMRect[] {
    if (!this.map.getLayer(ESTATE_LABELS)) return [];
    return this.map.queryRenderedFeatures({ layers: [ESTATE_LABELS, INCIDENT_MARKS] }).flatMap(({ layer, geometry, properties }) => {
      if (geometry.type !== 'Point') return [];
      const { x, y } = this.map.project(geometry.coordinates as [number, number]);
      if (layer.id === INCIDENT_MARKS) return [new DOMRect(x - line * 0.8, y - line * 1.8, line * 1.6, line * 1.8)];
      const width = line * Math.max(String(properties['name'] ?? '').length * 0.75, String(properties['name_en'] ?? '').length * 0.32);
      return [new DOMRect(x - width / 2, y - line * 1.1, width, line * 1.9)];
    });
  }

  private project(dot: Dot, now: number): { x: number; y: number } {
    const here = interpolate(dot, now);
    return this.map.project([here.lon, here.lat]);
  }
}

function interpolate(dot: Dot, now: number): Point {
  const part = dot.duration > 0 ? Math.min(1, (now - dot.start) / dot.duration) : 1;
  return {
    lon: dot.from.lon + (dot.asset.lon - dot.from.lon) * part,
    lat: dot.from.lat + (dot.asset.lat - dot.from.lat) * part,
  };
}

/** Metres, flat-earth: exact enough to tell a step from a jump. */
function distance(a: Point, b: Point): number {
  const dy = (b.lat - a.lat) * 111_000;
  const dx = (b.lon - a.lon) * 111_000 * Math.cos(a.lat * Math.PI / 180);
  return Math.hypot(dx, dy);
}

const rank = (dot: Dot, followed: number | null) =>
  (dot.asset.id === followed ? 1e15 : 0) + Date.parse(dot.asset.t_event) / 60_000 * (isStale(dot.asset) ? 0.5 : 1);

const overlap = (a: DOMRect, b: DOMRect) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function paint(dot: Dot, now: number, followed: boolean): void {
  const { asset, root } = dot;
  const seconds = ageOf(asset, now);
  const stale = isStale(asset, now);
  root.style.setProperty('--unit', stale ? STALE : unitColour(asset.subject_type));
  root.classList.toggle('is-fresh', !stale && seconds <= FRESH_S);
  root.classList.toggle('is-stale', stale);
  root.classList.toggle('is-followed', followed);
  root.classList.toggle('has-course', asset.course_deg != null && !stale && (asset.speed_mps ?? 1) > 0.2);
  const name = callSign(asset);
  const late = stale ? `${age(seconds)}` : '';
  if (dot.name.textContent !== name || dot.late.textContent !== late) {
    dot.name.textContent = name;
    dot.late.textContent = late;
    dot.width = (dot.name.parentElement as HTMLElement).offsetWidth;
  }
  root.title = t('unit.hint', { name, type: enumWord('subject', asset.subject_type, 'subject.unit'), age: age(seconds) });
}
