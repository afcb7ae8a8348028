import { expect, test } from 'vitest';
import { ago, day, dayOf, dayWords } from './time';

// Words as key(arguments).
const t = (key: string, args: Record<string, unknown>) => `${key.replace('time.', '')}(${Object.values(args).join(' ')})`;
const now = new Date(2026, 10, 24, 18, 30).getTime();
const local = (...at: [number, number, number, number, number]) => new Date(...at).toISOString();

test.each([
  [local(2026, 10, 24, 18, 30), 'justNow()'],
  [local(2026, 10, 24, 18, 24), 'minutesAgo(6)'],
  [local(2026, 10, 24, 17, 31), 'minutesAgo(59)'],
  [local(2026, 10, 24, 17, 30), '17:30'],
  [local(2026, 10, 24, 0, 5), '00:05'],
  [local(2026, 10, 23, 23, 59), 'yesterday(23:59)'],
  [local(2026, 10, 20, 8, 0), 'date(2026 11 20 08:00)'],
  [local(2025, 10, 24, 8, 0), 'dateYear(2025 11 24 08:00)'],
  [local(2026, 10, 24, 18, 40), '18:40'], // ahead of our clock: no "in 10 minutes" about the past
])('%s: %s', (at, words) => {
  expect(ago(at, now, t)).toBe(words);
});

test('between bubbles stands clock time, with its day where it is not today', () => {
  expect(day(local(2026, 10, 24, 18, 29), now, t)).toBe('18:29');
  expect(day(local(2026, 10, 23, 9, 3), now, t)).toBe('yesterday(09:03)');
});

test('days of the calendar', () => {
  expect(dayWords('2026-11-03', now, t)).toBe('day(2026 11 3)');
  expect(dayWords('2027-01-01', now, t)).toBe('dayYear(2027 1 1)');
  expect(dayOf(now)).toBe('2026-11-24');
  expect(dayOf(now, 7)).toBe('2026-12-01');
  expect(dayOf(now, -24)).toBe('2026-10-31');
});
