import { describe, expect, test } from 'vitest';
import en from '@/i18n/en/cases';
import zh from '@/i18n/zh/cases';
import type { Case, CaseState } from '@/api/types';
import { addressOf, compare, dialable, filterOf, isFiltered, mayTell, NO_FILTER, parted, queryOf, stack, STATES, timeOf } from './case';
import { caseOf, offers } from './forTests';

const now = Date.parse('2026-11-23T14:20:00Z');

describe('the filter stands in the address', () => {
  test('and comes back as it was', () => {
    const filter = { states: ['accepted', 'in_progress'] as CaseState[], mine: true, late: true, grid: 'grid_1', category: 'gas', urgency: 2 };
    expect(filterOf(addressOf(filter))).toEqual(filter);
    expect(queryOf(filter)).toEqual({ state: 'accepted,in_progress', mine: true, late: true, grid: 'grid_1', category: 'gas', urgency: 2 });
  });
  test.each([{}, { state: 'flying', urgency: '7', mine: 'no', view: 'list' }, { grid: ['a', 'b'] }])('%j is no filter', (query) => {
    expect(isFiltered(filterOf(query))).toBe(false);
    expect(queryOf(filterOf(query))).toEqual({});
  });
});

test.each<[Partial<Case>, string]>([
  [{}, 'accept left 10 minutes calm'],
  [{ accept_by: '2026-11-23T14:24:30Z' }, 'accept left 5 minutes soon'],
  [{ accept_by: '2026-11-23T14:17:00Z' }, 'accept over 3 minutes late'],
  [{ accept_by: '2026-11-23T14:20:00Z' }, 'accept over 0 minutes late'],
  [{ state: 'in_progress', accept_by: null }, 'due left 3 hours calm'],
  [{ state: 'in_progress', accept_by: null, due_at: '2026-11-23T15:10:00Z' }, 'due left 50 minutes soon'],
  [{ state: 'in_progress', accept_by: null, due_at: '2026-11-26T14:20:00Z' }, 'due left 3 days calm'],
  [{ state: 'in_progress', accept_by: null, due_at: '2026-11-22T12:20:00Z', late: true }, 'due over 26 hours late'],
  [{ state: 'in_progress', accept_by: null, due_at: null }, 'none none 0 minutes calm'],
  [{ state: 'suspended', wake_on: '2026-11-26', due_at: null }, 'wake none 0 minutes calm'],
  [{ state: 'reported_done', late: true }, 'none none 0 minutes calm'],
  [{ state: 'closed' }, 'none none 0 minutes calm'],
])('%j: %s', (over, words) => {
  const { what, word, n, unit, tone } = timeOf(caseOf(over), now);
  expect(`${what} ${word} ${n} ${unit} ${tone}`).toBe(words);
});

test('emergencies first, then by due time; without one last', () => {
  const rows = [
    caseOf({ id: 'd', due_at: null }), caseOf({ id: 'c', due_at: '2026-11-23T19:00:00Z' }), caseOf({ id: 'b', due_at: '2026-11-23T15:00:00Z' }),
    caseOf({ id: 'a', urgency: 1, due_at: '2026-11-24T15:00:00Z' }), caseOf({ id: 'e', due_at: null }),
  ];
  expect(rows.toSorted(compare).map(({ id }) => id).join('')).toBe('abcde');
});
test('what waits for others lies below the stack', () => {
  const rows = [caseOf({ id: 'a', state: 'reported_done' }), caseOf({ id: 'b' }), caseOf({ id: 'c', state: 'suspended' }), caseOf({ id: 'd' })];
  const { now: first, resting } = stack(rows, (one) => (one.id === 'd' ? 'reported_done' : one.state)); // d: reported done, not sent yet
  expect(first.map(({ id }) => id)).toEqual(['b']);
  expect(resting.map(({ id }) => id)).toEqual(['a', 'c', 'd']);
});

const offer = (action: string) => ({ action, state: 'accepted', needs: [], may: [] }) as never;
test.each<[string, boolean, string, string]>([
  ['accept return transfer note', true, 'accept', 'return transfer note'],
  ['accept note urge', false, '', 'accept note urge'], // it is with somebody else
  ['dispatch accept escalate', true, 'accept', 'dispatch escalate'],
  ['dispatch escalate reject', false, 'dispatch', 'escalate reject'],
  ['start suspend return report_done note', true, 'start report_done', 'suspend return note'],
  ['suspend report_done note', true, 'report_done', 'suspend note'],
  ['follow_up reopen note', false, 'follow_up', 'reopen note'],
  ['note', true, '', 'note'],
])('%s, mine %s: next %s', (all, mine, next, others) => {
  const found = parted(all.split(' ').map(offer), mine);
  expect(found.next.map((each) => each.action).join(' ')).toBe(next);
  expect(found.others.map((each) => each.action).join(' ')).toBe(others);
});

test.each([
  ['138 0013 8000', '13800138000'], ['(028) 8512-3456', '02885123456'], ['+86 13800138000', '+8613800138000'],
  ['138****8000', undefined], ['', undefined], [null, undefined], ['明天再打', undefined],
])('%s can be dialled as %s', (phone, number) => expect(dialable(phone)).toBe(number));

test('words to the asker only where there is a lead, and with a step that takes them', () => {
  expect(mayTell('accept', 'lead_1')).toBe(true);
  expect(mayTell('accept', null)).toBe(false);
  expect(mayTell('return', 'lead_1')).toBe(false);
});

test('every state and action has its words in both languages', () => {
  for (const words of [zh, en]) {
    expect(Object.keys(words.state).toSorted()).toEqual(STATES.toSorted());
    expect(Object.keys(words.done).toSorted()).toEqual(Object.keys(words.action).toSorted());
  }
  expect(STATES).toHaveLength(14);
  expect(NO_FILTER.states).toEqual([]);
  for (const { action } of Object.values(offers)) expect(zh.action).toHaveProperty(action);
});
