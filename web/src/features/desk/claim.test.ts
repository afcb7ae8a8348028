import { expect, test } from 'vitest';
import type { Claim } from '@/api/types';
import { claimable, other, standing } from './claim';

const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`);
const claim: Claim = { by: { id: 'usr_2', display_name: '小周' }, doing: 'writing', since: '2026-11-20T10:00:00Z', until: '2026-11-20T10:01:30Z' };

test.each([
  ['10:00:00', true],
  ['10:01:29', true],
  ['10:01:30', false], // lapsed, though the program has said nothing
  ['10:05:00', false],
])('at %s it stands: %s', (clock, stands) => {
  expect(standing(claim, at(clock)) !== undefined).toBe(stands);
});
test('none is none', () => expect(standing(null, at('10:00:00'))).toBeUndefined());
test("one's own is nobody else's", () => {
  expect(other({ claim }, at('10:00:00'), 'usr_2')).toBeUndefined();
  expect(other({ claim }, at('10:00:00'), 'usr_1')?.by.display_name).toBe('小周');
  expect(other({ claim }, at('10:02:00'), 'usr_1')).toBeUndefined();
  expect(other(undefined, at('10:00:00'), 'usr_1')).toBeUndefined();
});
test.each([['open', true], ['confirmed', true], ['answered', false], ['dismissed', false], ['in_case', false]] as const)('%s is claimed: %s', (state, is) =>
  expect(claimable({ state })).toBe(is));
