// A boundary as an SVG path, in true proportions. Pure.
export interface Outline {
  d: string;
  width: number;
  height: number;
  east: number; // metres from its western to its eastern edge
  north: number;
}

type Position = readonly [number, number];
const METRES = 111_320; // a degree of latitude
const SIZE = 200;

const isPosition = (value: unknown): value is Position =>
  Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number';

function ringsOf(value: unknown): Position[][] {
  if (!Array.isArray(value)) return [];
  return value.length > 0 && value.every(isPosition) ? [value as Position[]] : value.flatMap(ringsOf);
}

export function outlineOf(boundary: unknown): Outline | undefined {
  const rings = ringsOf((boundary as { coordinates?: unknown } | null)?.coordinates);
  if (rings.length === 0) return undefined;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of rings.flat()) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180); // a degree of longitude is shorter
  const across = (east - west) * narrow;
  const up = north - south;
  const scale = SIZE / Math.max(across, up);
  if (!Number.isFinite(scale)) return undefined; // a single point
  const spot = ([x, y]: Position) => `${((x - west) * narrow * scale).toFixed(1)} ${((north - y) * scale).toFixed(1)}`;
  return {
    d: rings.map((ring) => `M${ring.map(spot).join('L')}Z`).join(''),
    width: Math.ceil(across * scale),
    height: Math.ceil(up * scale),
    east: across * METRES,
    north: up * METRES,
  };
}
