import { expect, test } from 'vitest';
import type { GridPlan } from '@/api/types';
import { takesBack } from './plan';

const plan = (over: Partial<GridPlan>): GridPlan => ({
  applied: false, opened: 0, changed: 0, closed: 0, reopened: 0, unchanged: 0, missing: 0, wrong_total: 0, wrong: [], changes: [], ...over,
});
const done = { opened: 2, changed: 3, closed: 4, reopened: 1 };

test('what was opened or reopened closes, what was closed reopens', () => {
  expect(takesBack(plan({ closed: 3, changed: 3, reopened: 4 }), done)).toBe(true);
});
test('anything else is a change of somebody else, and stays', () => {
  expect(takesBack(plan({ closed: 4, changed: 3, reopened: 4 }), done)).toBe(false);
  expect(takesBack(plan({ closed: 3, changed: 4, reopened: 4 }), done)).toBe(false);
  expect(takesBack(plan({ closed: 3, changed: 3, reopened: 4, opened: 1 }), done)).toBe(false);
  expect(takesBack(plan({ closed: 3, changed: 3, reopened: 4, wrong_total: 1 }), done)).toBe(false);
});
