import { describe, expect, test } from 'vitest';
import { current, done, minutesLeft, starterGrids, STEPS, type Facts, type Step } from './steps';

const nothing: Facts = { password: false, grids: 0, channels: 0, waiting: 0, admitted: 0, people: 1, messages: 0 };

describe('the next step', () => {
  test.each<[Partial<Facts>, Step[], Step | undefined]>([
    [{}, [], 'password'],
    [{}, ['password'], 'grids'],
    [{ password: true, grids: 5 }, [], 'channel'],
    [{ password: true, grids: 5, channels: 1, waiting: 1 }, [], 'group'],
    [{ channels: 1, admitted: 1, messages: 1 }, ['password', 'grids', 'people'], 'password'], // left for later: now
    [{ password: true, grids: 5, channels: 1, admitted: 1, people: 2, messages: 9 }, [], undefined],
  ])('%j, later %j: %s', (facts, later, step) => expect(current({ ...nothing, ...facts }, later)).toBe(step));
});
test('one administrator alone is not yet the people', () => {
  expect(done('people', nothing)).toBe(false);
  expect(done('people', { ...nothing, people: 2 })).toBe(true);
});
test('it takes a quarter of an hour, and nothing when all is done', () => {
  expect(minutesLeft(nothing)).toBe(15);
  expect(minutesLeft({ password: true, grids: 1, channels: 1, waiting: 0, admitted: 1, people: 2, messages: 1 })).toBe(0);
  expect(STEPS.length).toBe(6);
});
test('a starter has its street, its community and its micro-grids, each below the one above', () => {
  const grids: { code: string; parent?: string }[] = starterGrids({ street: '清溪河街道', community: '荷塘社区', code: 'HT', grids: 2 }, (n) => `荷塘社区第${n}微网格`);
  expect(grids.map(({ code, parent }) => [code, parent])).toEqual([['HT-S', undefined], ['HT', 'HT-S'], ['HT-01', 'HT'], ['HT-02', 'HT']]);
});
