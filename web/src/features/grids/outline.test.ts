import { expect, test } from 'vitest';
import { outlineOf } from './outline';

const square = [[[104, 30], [104.01, 30], [104.01, 30.01], [104, 30.01], [104, 30]]];

test('a square of degrees is narrower than high, north is up', () => {
  const outline = outlineOf({ type: 'Polygon', coordinates: square })!;
  expect(outline.height).toBe(200);
  expect(outline.width).toBe(174);
  expect(outline.d).toBe('M0.0 200.0L173.2 200.0L173.2 0.0L0.0 0.0L0.0 200.0Z');
  expect(Math.round(outline.north)).toBe(1113);
  expect(Math.round(outline.east)).toBe(964);
});
test('several parts, holes and heights', () => {
  const far = [[[105, 30, 500], [105.01, 30, 500], [105, 30.01, 500]]];
  expect(outlineOf({ type: 'MultiPolygon', coordinates: [square, far] })!.d.match(/M/g)).toHaveLength(2);
});
test('nothing to draw', () => {
  for (const boundary of [null, {}, { coordinates: [] }, { coordinates: [[[104, 30]]] }]) expect(outlineOf(boundary)).toBeUndefined();
});
