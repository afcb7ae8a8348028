import { describe, expect, test } from 'vitest';
import type { LeadSummary } from '@/api/types';
import { addPage, compare, drop, emptyQueue, matches, nextAfter, putBack, queryOf, receive, settle, take, type Filter } from './queue';

let number = 0;
function lead(over: Partial<LeadSummary> = {}): LeadSummary {
  return {
    id: `lead_${++number}`, revision: 1, decision_version: 1, state: 'open', category: 'water_leak', urgency: 3,
    place: null, summary: '漏水', community: '荷塘社区', grid: null, groups: [{ id: 'g1', name: '荷塘苑邻里群', grid: '第1微网格' }],
    handling: 'workflow', area_wide: false, review: false, resolved: false, live: true,
    asked_at: '2026-11-20T10:00:00Z', opened_at: '2026-11-20T10:00:00Z', latest_at: '2026-11-20T10:00:00Z',
    promise: { light: 'green', due_at: '2026-11-20T10:15:00Z', kept_at: null, proved: false }, message_count: 1, claim: null,
    decided_by: null, decided_at: null, dismiss_reason: null, merged_into: null, by_person: [], ...over,
  };
}
const open: Filter = { tab: 'open' };
const at = (minute: number) => `2026-11-20T10:${String(minute).padStart(2, '0')}:00Z`;
const quiet = { holding: false, mine: false };
const busy = { holding: true, mine: false };
const ids = (leads: readonly LeadSummary[]) => leads.map((each) => each.id);

describe('order', () => {
  test('emergencies, then the promise that ends first, then historic ones', () => {
    const late = lead({ asked_at: at(9) });
    const early = lead({ asked_at: at(1) });
    const historic = lead({ asked_at: at(0), live: false });
    const emergency = lead({ asked_at: at(30), urgency: 1 });
    expect([late, early, historic, emergency].toSorted(compare)).toEqual([emergency, early, late, historic]);
  });
  test('broken promises behind those that hold, where the program says so; what was answered by hand behind both', () => {
    const promise = (due: string, kept: string | null = null) => ({ promise: { light: 'green' as const, due_at: due, kept_at: kept, proved: false } });
    const broken = lead({ asked_at: at(1), ...promise(at(16)) });
    const holds = lead({ asked_at: at(9), ...promise(at(24)) });
    const kept = lead({ asked_at: at(0), ...promise(at(15), at(3)) });
    const now = Date.parse(at(20));
    expect([holds, kept, broken].toSorted((a, b) => compare(a, b))).toEqual([broken, holds, kept]);
    expect([holds, kept, broken].toSorted((a, b) => compare(a, b, now))).toEqual([holds, broken, kept]);
  });
  test('decided ones by the latest decision', () => {
    const first = lead({ state: 'confirmed', decided_at: at(1) });
    const second = lead({ state: 'confirmed', decided_at: at(2) });
    expect([first, second].toSorted(compare)).toEqual([second, first]);
  });
  test('the same instant keeps one order', () => {
    const a = lead();
    const b = lead();
    expect([b, a].toSorted(compare)).toEqual([a, b].toSorted(compare));
  });
});

test.each<[Filter, Partial<LeadSummary>, boolean]>([
  [{ tab: 'open' }, {}, true],
  [{ tab: 'open' }, { live: false }, false],
  [{ tab: 'historic' }, { live: false }, true],
  [{ tab: 'confirmed' }, {}, false],
  [{ tab: 'dismissed' }, { state: 'dismissed' }, true],
  [{ tab: 'open', category: 'gas' }, {}, false],
  [{ tab: 'open', urgency: 3 }, {}, true],
  [{ tab: 'open', group: 'g2' }, {}, false],
  [{ tab: 'open', group: 'g1' }, {}, true],
])('%j holds %j: %s', (filter, over, belongs) => {
  expect(matches(lead(over), filter)).toBe(belongs);
});

test('the filter as a query', () => {
  expect(queryOf({ tab: 'historic', group: 'g1' })).toMatchObject({ state: 'open', live: false, group: 'g1' });
  expect(queryOf({ tab: 'confirmed' })).not.toHaveProperty('live');
});

describe('events', () => {
  function shown(...leads: LeadSummary[]) {
    const queue = emptyQueue();
    addPage(queue, leads, open);
    queue.total = leads.length;
    return queue;
  }

  test('a new lead comes in at its place and glows', () => {
    const first = lead({ asked_at: at(1) });
    const third = lead({ asked_at: at(3) });
    const queue = shown(first, third);
    const second = lead({ asked_at: at(2) });
    expect(receive(queue, second, open, quiet)).toBe('opened');
    expect(ids(queue.rows)).toEqual(ids([first, second, third]));
    expect(queue.fresh.has(second.id)).toBe(true);
    expect(queue.total).toBe(3);
  });
  test('the same event twice changes nothing', () => {
    const queue = shown();
    const one = lead();
    receive(queue, one, open, quiet);
    expect(receive(queue, one, open, quiet)).toBe('none');
    expect(receive(queue, { ...one, revision: 0 }, open, quiet)).toBe('none');
    expect(queue.total).toBe(1);
  });
  test('nothing moves under the hand: new ones wait, changed ones stay', () => {
    const first = lead({ asked_at: at(1) });
    const second = lead({ asked_at: at(2) });
    const queue = shown(first, second);
    const coming = lead({ asked_at: at(0) });
    receive(queue, coming, open, busy);
    receive(queue, { ...second, revision: 2, urgency: 1 }, open, busy);
    expect(ids(queue.rows)).toEqual(ids([first, second]));
    expect(ids(queue.held)).toEqual([coming.id]);
    settle(queue);
    expect(ids(queue.rows)).toEqual(ids([second, coming, first]));
    expect(queue.held).toEqual([]);
    expect(queue.total).toBe(3);
  });
  test('one that waited and was decided meanwhile never shows', () => {
    const queue = shown();
    const coming = lead();
    receive(queue, coming, open, busy);
    expect(receive(queue, { ...coming, revision: 2, state: 'dismissed' }, open, busy)).toBe('left');
    settle(queue);
    expect(queue.rows).toEqual([]);
    expect(queue.total).toBe(0);
  });
  test("somebody else's decision stays a moment with a note, one's own does not", () => {
    const theirs = lead();
    const mine = lead();
    const queue = shown(theirs, mine);
    receive(queue, { ...theirs, revision: 2, state: 'confirmed' }, open, quiet);
    expect(queue.gone.has(theirs.id)).toBe(true);
    receive(queue, { ...mine, revision: 2, state: 'confirmed' }, open, { holding: false, mine: true });
    expect(ids(queue.rows)).toEqual([theirs.id]);
    expect(queue.total).toBe(0);
    settle(queue);
    expect(queue.rows).toEqual([]);
  });
  test('a lead taken back by another while its note stands is whole again', () => {
    const one = lead();
    const queue = shown(one);
    receive(queue, { ...one, revision: 2, state: 'confirmed' }, open, quiet);
    expect(receive(queue, { ...one, revision: 3 }, open, quiet)).toBe('changed');
    expect(queue.gone.size).toBe(0);
    expect(queue.total).toBe(1);
  });
  test('beyond the loaded pages only the program can count', () => {
    const queue = shown(lead({ asked_at: at(1) }));
    queue.more = true;
    expect(receive(queue, lead({ asked_at: at(2) }), open, quiet)).toBe('recount');
    expect(queue.rows).toHaveLength(1);
    expect(receive(queue, lead({ asked_at: at(0) }), open, quiet)).toBe('opened');
  });
  test('a page does not bring back what events have taken away', () => {
    const queue = emptyQueue();
    const one = lead();
    receive(queue, { ...one, revision: 5, state: 'confirmed' }, open, quiet);
    addPage(queue, [one], open);
    expect(queue.rows).toEqual([]);
  });
  test('one that went to a grid of others is gone at once, whether shown or waiting', () => {
    const row = lead({ asked_at: at(1) });
    const other = lead({ asked_at: at(2) });
    const queue = shown(row, other);
    const coming = lead({ asked_at: at(0) });
    receive(queue, coming, open, busy);
    expect(drop(queue, row.id)).toBe('left');
    expect(drop(queue, coming.id)).toBe('left');
    expect(drop(queue, row.id)).toBe('none'); // told twice
    expect(ids([...queue.rows, ...queue.held])).toEqual([other.id]);
    expect(queue.total).toBe(1);
  });
  test('one that lay beyond the loaded pages may have been counted', () => {
    const queue = shown(lead());
    queue.more = true;
    expect(drop(queue, 'lead_elsewhere')).toBe('recount');
  });
  test('a page from before does not bring it back; its return does', () => {
    const one = lead({ revision: 3 });
    const queue = shown(one);
    drop(queue, one.id);
    addPage(queue, [one], open);
    expect(queue.rows).toEqual([]);
    expect(receive(queue, { ...one, revision: 5 }, open, quiet)).toBe('opened');
  });
  test('with a note about its decision it is no longer counted', () => {
    const one = lead();
    const queue = shown(one);
    receive(queue, { ...one, revision: 2, state: 'confirmed' }, open, quiet);
    drop(queue, one.id);
    expect([queue.total, queue.rows.length, queue.gone.size]).toEqual([0, 0, 0]);
  });
  test('a lead on two pages stands once', () => {
    const one = lead();
    const queue = shown(one);
    addPage(queue, [one, lead()], open);
    expect(queue.rows).toHaveLength(2);
  });
});

describe('deciding', () => {
  test('the next one down is shown, at the end the one above', () => {
    expect(nextAfter(['a', 'b', 'c'], 'a')).toBe('b');
    expect(nextAfter(['a', 'b', 'c'], 'c')).toBe('b');
    expect(nextAfter(['a'], 'a')).toBeUndefined();
    expect(nextAfter(['a', 'b'], undefined)).toBe('a');
  });
  test('what did not go through stands where it stood', () => {
    const first = lead({ asked_at: at(1) });
    const second = lead({ asked_at: at(2) });
    const queue = emptyQueue();
    addPage(queue, [first, second], open);
    queue.total = 2;
    const taken = take(queue, first.id)!;
    expect(queue.total).toBe(1);
    putBack(queue, taken, open);
    expect(ids(queue.rows)).toEqual(ids([first, second]));
    expect(queue.total).toBe(2);
  });
});
