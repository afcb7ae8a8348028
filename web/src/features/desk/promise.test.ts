import { expect, test } from 'vitest';
import { promiseNow } from './promise';

const due = '2026-11-20T10:15:00Z';
const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`);
const running = { light: 'green' as const, due_at: due, kept_at: null, proved: false };

test.each([
  ['10:00:00', 'green', 'minutes', 15],
  ['10:04:59', 'green', 'minutes', 11],
  ['10:05:00', 'amber', 'minutes', 10],
  ['10:09:00', 'amber', 'minutes', 6],
  ['10:10:00', 'call_leader', 'minutes', 5],
  ['10:14:30', 'call_leader', 'seconds', 30],
  ['10:15:00', 'breach', 'justLate', 0],
  ['10:18:10', 'breach', 'late', 3],
  ['13:20:00', 'breach', 'lateHours', 3],
])('at %s: %s, %s %i', (now, light, word, n) => {
  expect(promiseNow(running, at(now), 15)).toMatchObject({ light, word, n });
});

test('kept in time, kept late, historic', () => {
  const kept = (kept_at: string, proved = true) => promiseNow({ ...running, kept_at, proved }, at('11:00:00'), 15);
  expect(kept('2026-11-20T10:05:00Z')).toMatchObject({ light: 'kept', word: 'kept' });
  expect(kept('2026-11-20T10:17:30Z')).toMatchObject({ light: 'breach', word: 'keptLate', n: 3 });
  expect(kept('2026-11-20T10:05:00Z', false)).toMatchObject({ light: 'kept', word: 'claimed' });
  expect(promiseNow({ light: 'none', due_at: null, kept_at: null, proved: false }, at('11:00:00'), 15)).toMatchObject({ light: 'none', word: 'none' });
});
