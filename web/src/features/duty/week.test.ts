import { describe, expect, test } from 'vitest';
import type { Gap, Shift } from '@/api/types';
import { dayOfTime, endWords, heaps, hours, monday, plus, rows, span, weekOf, wholeDays } from './week';

test.each([['2026-11-23', '2026-11-23'], ['2026-11-28', '2026-11-23'], ['2026-11-29', '2026-11-23'], ['2027-01-01', '2026-12-28']])(
  'the week of %s begins on %s', (day, first) => expect(monday(day)).toBe(first));
test('days go over months', () => {
  expect(plus('2026-11-30', 1)).toBe('2026-12-01');
  expect(weekOf('2026-11-30').at(-1)).toBe('2026-12-06');
});

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();
describe('hours of a shift', () => {
  test.each([
    [at(23, 8), at(23, 18), '08:00', '18:00', 0],
    [at(23, 18), at(24, 8), '18:00', '08:00', 1],
    [at(23, 16), at(24, 0), '16:00', '24:00', 0],
    [at(23, 8), at(25, 8), '08:00', '08:00', 2],
  ])('%s to %s', (from, to, begin, end, later) => expect(hours({ from, to })).toEqual({ from: begin, to: end, later }));
});
test('an end days later is told with its date', () => {
  const t = (key: string, args: Record<string, unknown>) => `${key}(${Object.values(args).join(' ')})`;
  const now = new Date(2026, 10, 23).getTime();
  expect(endWords({ from: at(23, 8), to: at(23, 18) }, now, t)).toBe('18:00');
  expect(endWords({ from: at(23, 18), to: at(24, 8) }, now, t)).toBe('duty.nextDay(08:00)');
  expect(endWords({ from: at(23, 0), to: at(29, 8) }, now, t)).toBe('duty.laterDay(time.day(2026 11 29) 08:00)');
});
test('what is written becomes instants; a night ends on the next day', () => {
  expect(span('2026-11-23', '18:00', '08:00')).toEqual({ from: at(23, 18), to: at(24, 8) });
  expect(span('2026-11-23', '16:00', '24:00')).toEqual({ from: at(23, 16), to: at(24, 0) });
  expect(wholeDays('2026-11-23', '2026-11-24')).toEqual({ from: at(23, 0), to: at(25, 0) });
  expect(dayOfTime(at(23, 0))).toBe('2026-11-23');
});

const shift = (id: string, code: string, duty: Shift['duty'], from: string, to: string): Shift => ({
  id, pattern_id: null, grid: { id: code, code, level: 'community', name: code }, duty, person: { id: 'u', display_name: '周宁' },
  planned: { id: 'u', display_name: '周宁' }, from, to, revision: 1, may_change: true,
});
test('rows by grid, then duty; days by beginning', () => {
  const days = weekOf('2026-11-23');
  const all = rows([
    shift('late', 'b', 'agent', at(24, 14), at(24, 20)), shift('early', 'b', 'agent', at(24, 8), at(24, 14)),
    shift('night', 'a', 'on_call', at(22, 18), at(23, 8)), shift('day', 'a', 'agent', at(29, 8), at(29, 18)),
  ], days);
  expect(all.map((row) => row.key)).toEqual(['a agent', 'a on_call', 'b agent']);
  expect(all[2]!.days[1]!.map((each) => each.id)).toEqual(['early', 'late']);
  expect(all[1]!.days[0]!.map((each) => each.id)).toEqual(['night']); // began on Sunday
});
test("another week's shifts stand nowhere", () => {
  const days = weekOf('2026-11-30');
  expect(rows([shift('last week', 'a', 'agent', at(23, 8), at(23, 18)), shift('to midnight', 'a', 'agent', at(29, 16), at(30, 0)), shift('after', 'a', 'agent', at(37, 8), at(37, 18))], days)).toEqual([]);
});
test('the same warning again and again is one', () => {
  const gap = (kind: Gap['kind'], day: number): Gap => ({ kind, grid: { id: 'a', code: 'a', level: 'grid', name: 'a' }, duty: null, person: null, from: at(day, 8), to: at(day, 9), shifts: [], text: '' });
  expect(heaps([gap('nobody', 23), gap('twice', 23), gap('nobody', 24)]).map(({ gap: { kind }, more }) => [kind, more])).toEqual([['nobody', 1], ['twice', 0]]);
});
