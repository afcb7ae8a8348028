import { describe, expect, test } from 'vitest';
import { again, byTime, emptyRole, isSignInName, roleBody, roleFaults, type Held } from './roles';

const today = '2026-11-24';
const held = (from: string, until: string | null, more: Partial<Held> = {}): Held => ({
  id: `${from} ${until}`, role: 'agent', grid: { id: 'grd_1', code: 'a', level: 'community', name: '荷塘社区' }, from, until,
  deputy_for: null, now: from <= today && (until === null || until >= today), given_at: '', given_by: null, ...more,
});

test('roles by when they count', () => {
  const all = [held('2026-01-01', '2026-03-01'), held('2027-02-01', null), held('2026-11-24', null), held('2026-02-01', '2026-11-23'), held('2026-12-01', '2026-12-02')];
  const { now, coming, past } = byTime(all, today);
  expect(now.map((each) => each.from)).toEqual(['2026-11-24']);
  expect(coming.map((each) => each.from)).toEqual(['2026-12-01', '2027-02-01']);
  expect(past.map((each) => each.until)).toEqual(['2026-11-23', '2026-03-01']);
});

describe('what is missing of a new role', () => {
  test.each([
    [{}, { role: 'missing', grid: 'missing' }],
    [{ role: 'agent', everywhere: true }, {}],
    [{ role: 'agent', grid: 'g', from: '2026-12-02', until: '2026-12-01' }, { until: 'before' }],
    [{ role: 'agent', grid: 'g', from: '2026-11-01', until: '2026-11-23' }, { until: 'past' }],
    [{ role: 'agent', grid: 'g', until: today }, {}],
    [{ role: 'agent', grid: 'g', deputyText: '王' }, { deputy: 'choose' }],
  ] as const)('%j', (draft, faults) => expect(roleFaults({ ...emptyRole(), ...draft }, today)).toEqual(faults));
});

test('what is sent names only what was chosen', () => {
  expect(roleBody({ ...emptyRole(), role: 'agent', everywhere: true, grid: 'left over' })).toEqual({ role: 'agent' });
  expect(roleBody({ ...emptyRole(), role: 'agent', grid: 'g', until: '2026-12-01', deputy: 'u' })).toEqual({
    role: 'agent', grid_id: 'g', until: '2026-12-01', deputy_for: 'u',
  });
});
test('an ended role comes back from today on, a coming one with its first day', () => {
  expect(again(held('2026-01-01', null), today)).toEqual({ role: 'agent', grid_id: 'grd_1' });
  expect(again(held('2026-12-01', '2026-12-31'), today)).toEqual({ role: 'agent', grid_id: 'grd_1', from: '2026-12-01', until: '2026-12-31' });
});
test.each([['xiaozhou', true], ['wang.min-2', true], ['小周', false], ['Wang', false], ['', false], ['a b', false]])('%s signs in: %s', (name, good) =>
  expect(isSignInName(name)).toBe(good));
