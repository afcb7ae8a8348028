import { beforeEach, expect, test } from 'vitest';
import { draftOf, dropDraft, forgetDrafts, keepDraft, openDrafts, type Draft } from './drafts';

const draft = (text: string): Draft => ({ text, way: 'group', ends: true, groups: ['g1'], quotes: null, sources: [], machine: false });
beforeEach(() => {
  forgetDrafts();
  openDrafts('usr_1');
});

test('each lead keeps its own words, also over a reload', () => {
  keepDraft('lead_1', draft('马上来看'));
  keepDraft('lead_2', draft('已联系物业'));
  const stored = sessionStorage.getItem('linli.replies')!;
  forgetDrafts();
  sessionStorage.setItem('linli.replies', stored); // as after a reload
  openDrafts('usr_1');
  expect(draftOf('lead_1')?.text).toBe('马上来看');
  dropDraft('lead_1');
  expect(draftOf('lead_1')).toBeUndefined();
  expect(draftOf('lead_2')?.text).toBe('已联系物业');
});
test('who signs in next reads nothing of it', () => {
  keepDraft('lead_1', draft('马上来看'));
  openDrafts('usr_2');
  expect(draftOf('lead_1')).toBeUndefined();
  expect(sessionStorage.getItem('linli.replies')).toBeNull();
});
test('the oldest go first', () => {
  for (let n = 0; n < 60; ++n) keepDraft(`lead_${n}`, draft(`${n}`));
  expect(draftOf('lead_9')).toBeUndefined();
  expect(draftOf('lead_10')?.text).toBe('10');
});
