// The picture behind the sign-in page: a made-up quarter in the map's own colours, drawn once. No place of anybody's.
import { useEffect, useRef } from 'preact/hooks';
import { HEIGHTS, INK, UNITS } from '../map/palette.ts';

const CELL = 34;          // half the width of a lot in pixels, at scale 1
const REACH = 30;         // lots to each side of the middle
const STREET_EVERY = 5;
const BASE_WIDTH = 1600;

export function Backdrop() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = () => { if (canvas.current) paint(canvas.current); };
    draw();
    addEventListener('resize', draw);
    return () => removeEventListener('resize', draw);
  }, []);
  return <canvas ref={canvas} class="backdrop" aria-hidden="true" />;
}

/** The same quarter each time: a hash of the lot's place, between 0 and 1. */
function chance(i: number, j: number, what: number): number {
  let h = Math.imul(i * 374761393 + j * 668265263 + what * 2147483647, 1274126177);
  h = Math.imul(h ^ (h >>> 13), 1103515245);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

const isStreet = (n: number) => ((n % STREET_EVERY) + STREET_EVERY) % STREET_EVERY === 0;

function paint(canvas: HTMLCanvasElement): void {
  const ratio = Math.min(2, devicePixelRatio);
  canvas.width = innerWidth * ratio;
  canvas.height = innerHeight * ratio;
  const pen = canvas.getContext('2d');
  if (!pen) return;
  const scale = ratio * Math.max(0.8, innerWidth / BASE_WIDTH);
  pen.setTransform(scale, 0, 0, scale, canvas.width / 2, canvas.height / 2);
  for (let sum = -2 * REACH; sum <= 2 * REACH; sum++) {   // from the back to the front
    for (let i = -REACH; i <= REACH; i++) {
      const j = sum - i;
      if (Math.abs(j) <= REACH) lot(pen, i, j);
    }
  }
}

function lot(pen: CanvasRenderingContext2D, i: number, j: number): void {
  if (isStreet(i) || isStreet(j)) {
    if (chance(i, j, 7) > 0.985) guard(pen, i, j);
    return;
  }
  if (chance(i, j, 1) < 0.14) return flat(pen, i, j, INK.park, 0.5);
  block(pen, i, j, metres(i, j));
}

/** Towers stand together, one estate beside low courtyards. */
function metres(i: number, j: number): number {
  const estate = chance(Math.floor(i / STREET_EVERY), Math.floor(j / STREET_EVERY), 2);
  const own = chance(i, j, 3);
  if (estate > 0.8) return 45 + own * 55;
  return estate > 0.45 ? 16 + own * 14 : 5 + own * 5;
}

const spot = (i: number, j: number, up = 0): [number, number] => [(i - j) * CELL, (i + j) * CELL * 0.5 - up];

function face(pen: CanvasRenderingContext2D, colour: string, points: Array<[number, number]>): void {
  pen.fillStyle = colour;
  pen.beginPath();
  points.forEach(([x, y]) => pen.lineTo(x, y));
  pen.closePath();
  pen.fill();
}

function flat(pen: CanvasRenderingContext2D, i: number, j: number, colour: string, half: number): void {
  face(pen, colour, [spot(i - half, j - half), spot(i + half, j - half), spot(i + half, j + half), spot(i - half, j + half)]);
}

function block(pen: CanvasRenderingContext2D, i: number, j: number, height: number): void {
  const up = height * 1.15;
  const [a, b] = [0.3 + chance(i, j, 4) * 0.12, 0.3 + chance(i, j, 5) * 0.12];
  const roof = [...HEIGHTS].reverse().find(([from]) => height >= from)![1];
  face(pen, shade(roof, 0.32), [spot(i - a, j + b), spot(i + a, j + b), spot(i + a, j + b, up), spot(i - a, j + b, up)]);
  face(pen, shade(roof, 0.52), [spot(i + a, j - b), spot(i + a, j + b), spot(i + a, j + b, up), spot(i + a, j - b, up)]);
  face(pen, shade(roof, 0.85), [spot(i - a, j - b, up), spot(i + a, j - b, up), spot(i + a, j + b, up), spot(i - a, j + b, up)]);
}

function shade(hex: string, part: number): string {
  const channel = (at: number) => Math.round(parseInt(hex.slice(at, at + 2), 16) * part);
  return `rgb(${channel(1)},${channel(3)},${channel(5)})`;
}

function guard(pen: CanvasRenderingContext2D, i: number, j: number): void {
  const [x, y] = spot(i, j);
  pen.fillStyle = chance(i, j, 8) > 0.4 ? UNITS['guard']! : UNITS['vehicle']!;
  pen.shadowColor = pen.fillStyle;
  pen.shadowBlur = 18;
  pen.beginPath();
  pen.arc(x, y, 4, 0, Math.PI * 2);
  pen.fill();
  pen.shadowBlur = 0;
}
