import { describe, expect, test } from 'vitest';
import type { Case, CaseOffer } from '@/api/types';
import { caseOf, offers, wang } from './forTests';
import { again, asKept, inTrouble, judge, letGo, nextToSend, readKept, sent, type Kept } from './kept';

let n = 0;
const keep = (offer: CaseOffer, over: Partial<Kept> = {}): Kept => ({
  key: `k${++n}`, case: 'case_1', number: 'JN-1', title: '', step: { action: offer.action }, to: offer.state, version: 1, state: 'dispatched', assignee: wang.id,
  at: Date.parse('2026-11-23T14:20:00Z'), ...over,
});
const trouble = { kind: 'changed', title: '变了', remedy: '再看' } as const;
const keys = (all: readonly Kept[]) => all.map((each) => each.step.action).join(' ');

describe('what goes out next', () => {
  test('the first; a case in trouble waits, another goes on', () => {
    const all = [keep(offers.accept), keep(offers.start), keep(offers.accept, { case: 'case_2' })];
    expect(nextToSend(all)).toBe(all[0]);
    expect(nextToSend(inTrouble(all, all[0]!.key, trouble))?.case).toBe('case_2');
    expect(nextToSend(inTrouble(all, all[1]!.key, trouble))?.case).toBe('case_2'); // not round a step in trouble either
    expect(nextToSend([])).toBeUndefined();
  });
  test('the steps that follow build on the answer', () => {
    const all = [keep(offers.accept), keep(offers.start, { state: 'accepted' }), keep(offers.accept, { case: 'case_2' })];
    const left = sent(all, all[0]!.key, caseOf({ version: 2, state: 'accepted' }));
    expect(left.map(({ case: id, version, state }) => `${id} ${version} ${state}`)).toEqual(['case_1 2 accepted', 'case_2 1 dispatched']);
  });
});

const entry = (kind: string, by = wang, at = '2026-11-23T14:21:00Z') => ({ at, by, kind, state: 'accepted' as const, text: '', note: null, reason: null, to: null, public: true, files: [] });
test.each<[string, CaseOffer, Partial<Case>, string]>([
  ['nothing but the version has moved', offers.accept, { version: 3 }, 'again'],
  ['its answer was lost', offers.accept, { version: 2, state: 'accepted', timeline: [entry('accept')] }, 'done'],
  ['somebody else accepted it', offers.accept, { version: 2, state: 'accepted', assignee: { id: 'usr_9', display_name: '李萍' }, timeline: [entry('accept', { id: 'usr_9', display_name: '李萍' })] }, 'changed'],
  ['accepted once before, long ago', offers.accept, { version: 9, state: 'accepted', timeline: [entry('accept', wang, '2026-11-20T08:00:00Z')], actions: [] }, 'changed'],
  ['given to somebody else', offers.accept, { version: 2, assignee: { id: 'usr_9', display_name: '李萍' } }, 'changed'],
  ['no longer offered', offers.accept, { version: 2, actions: [] }, 'changed'],
  ['a return is for a person to think about again', offers.return, { version: 2 }, 'changed'],
])('an older version, %s', (_, offer, now, verdict) => {
  expect(judge(keep(offer), caseOf(now), wang.id)).toBe(verdict);
});
test('sent anew it has a new key and no trouble', () => {
  const all = inTrouble([keep(offers.accept)], `k${n}`, trouble);
  expect(again(all, all[0]!.key, caseOf({ version: 5 }), 'new')).toEqual([{ ...all[0], key: 'new', version: 5, trouble: undefined }]);
});

test('letting a step go lets go what was done after it there, nothing else', () => {
  const all = [keep(offers.note), keep(offers.accept, { case: 'case_2' }), keep(offers.accept), keep(offers.start), keep(offers.start, { case: 'case_2' })];
  const left = letGo(all, all[2]!.key);
  expect(left).toEqual([all[0], all[1], all[4]]);
  expect(letGo(all, 'unknown')).toEqual(all);
});

describe('a case as the person left it', () => {
  test('in a cellar: accepted, begun, done', () => {
    const one = caseOf();
    expect(asKept(one, []).actions).toBe(one.actions);
    const accepted = [keep(offers.accept)];
    expect(asKept(one, accepted)).toMatchObject({ state: 'accepted' });
    expect(asKept(one, accepted).actions.map((each) => each.action)).toEqual(['start', 'report_done']);
    const begun = [...accepted, keep(offers.start, { state: 'accepted' })];
    expect(asKept(one, begun).actions.map((each) => each.action)).toEqual(['report_done']);
    const done = [...begun, keep(offers.report_done, { state: 'in_progress' })];
    expect(asKept(one, done)).toMatchObject({ state: 'reported_done', actions: [] });
  });
  test('a note moves nothing', () => {
    const one = caseOf();
    expect(asKept(one, [keep(offers.note)])).toMatchObject({ state: 'dispatched', actions: one.actions });
  });
  test('in trouble it stands as the program says', () => {
    const one = caseOf({ state: 'accepted', actions: [] });
    expect(asKept(one, inTrouble([keep(offers.accept)], `k${n}`, trouble))).toMatchObject({ state: 'accepted', actions: [] });
  });
  test('steps of other cases do not count', () => expect(asKept(caseOf(), [keep(offers.accept, { case: 'case_2' })]).kept).toEqual([]));
});

test.each([[null, ''], ['', ''], ['{', ''], ['{"a":1}', ''], ['[1,null,{"key":"k"}]', ''], [JSON.stringify([keep(offers.accept)]), 'accept']])('read %s', (text, actions) => {
  expect(keys(readKept(text))).toBe(actions);
});
