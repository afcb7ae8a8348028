import { expect, test } from 'vitest';
import type { GridSummary } from '@/api/types';
import { mayStandBelow, rowsOf, step, type Below } from './tree';

const grid = (id: string, children = 0): GridSummary => ({
  id, code: id, level: 'grid', name: id, aliases: [], line: [], children, groups: 0, places: 0,
});
const known: Record<string, Below> = {
  '': { state: 'there', grids: [grid('a', 3), grid('b')] },
  a: { state: 'there', grids: [grid('a1'), grid('a2', 5)] },
};
const below = (id: string) => known[id];
const shown = (open: string[]) => rowsOf(below, new Set(open)).map((row) => `${row.kind} ${row.id} ${row.depth}`);

test('only what stands below open grids is seen; what is not loaded yet has a row of its own', () => {
  expect(shown([])).toEqual(['grid a 0', 'grid b 0']);
  expect(shown(['a', 'a2'])).toEqual(['grid a 0', 'grid a1 1', 'grid a2 1', 'loading a2 2', 'more a 1', 'grid b 0']);
  expect(shown(['a2']), 'open below something closed').toEqual(['grid a 0', 'grid b 0']);
});
test('before anything is loaded there is one row', () => {
  expect(rowsOf(() => undefined, new Set())).toEqual([{ kind: 'loading', id: '', depth: 0 }]);
});
test('keys', () => {
  const rows = rowsOf(below, new Set(['a']));
  expect(step(rows, 'a', 'ArrowDown')).toEqual({ focus: 'a1' });
  expect(step(rows, 'a2', 'ArrowDown'), 'over the row that is no grid').toEqual({ focus: 'b' });
  expect(step(rows, 'a', 'ArrowUp')).toBeUndefined();
  expect(step(rows, 'a', 'ArrowRight')).toEqual({ focus: 'a1' });
  expect(step(rows, 'a2', 'ArrowRight')).toEqual({ open: 'a2' });
  expect(step(rows, 'b', 'ArrowRight')).toBeUndefined();
  expect(step(rows, 'a', 'ArrowLeft')).toEqual({ close: 'a' });
  expect(step(rows, 'a2', 'ArrowLeft')).toEqual({ focus: 'a' });
  expect(step(rows, 'a', 'End')).toEqual({ focus: 'b' });
  expect(step(rows, 'gone', 'Home')).toEqual({ focus: 'a' });
  expect(step(rows, 'gone', 'ArrowDown')).toBeUndefined();
});
test('levels may be left out, not turned round', () => {
  expect(mayStandBelow('micro_grid', 'street')).toBe(true);
  expect(mayStandBelow('street', 'community')).toBe(false);
  expect(mayStandBelow('special', 'grid')).toBe(true);
  expect(mayStandBelow('special', 'district')).toBe(false);
  expect(mayStandBelow('micro_grid', 'special')).toBe(false);
  expect(mayStandBelow('grid', undefined)).toBe(true);
});
