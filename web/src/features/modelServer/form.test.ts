import { expect, test } from 'vitest';
import type { ModelServer } from '@/api/types';
import { bodyOf, changed, draftOf, faults, losesKey } from './form';

const kept: ModelServer = {
  base_url: 'https://model.example/v1', model: 'm', has_key: true, own_machine: false, daily_tokens: 500_000, deadline_seconds: 20, tasks: ['refine', 'draft'],
};
const draft = (more: object = {}) => ({ ...draftOf(kept), ...more });

test.each([
  ['as it is', {}, []],
  ['nothing', { url: '', model: ' ' }, ['url', 'model']],
  ['no scheme', { url: 'model.example' }, ['url']],
  ['a key in the address', { url: 'https://k@model.example' }, ['url']],
  ['a question behind it', { url: 'https://model.example/v1?k=1' }, ['url']],
  ['open over the network', { url: 'http://192.168.1.9:8080/v1' }, ['plain']],
  ['open within the office', { url: 'http://192.168.1.9:8080/v1', own: true }, []],
  ['this machine', { url: 'http://127.0.0.1:8080/v1/' }, []],
  ['this machine, by its other name', { url: 'http://[::1]:8080/v1' }, []],
  ['a key with a blank', { key: 'a b' }, ['key']],
  ['too few tokens', { tokens: 10 }, ['tokens']],
  ['no number', { tokens: '', seconds: 1.5 }, ['tokens', 'seconds']],
  ['too slow', { seconds: 500 }, ['seconds']],
])('%s', (_, more, found) => expect(faults(draft(more))).toEqual(found));

test('only what was changed counts as a change', () => {
  expect(changed(draft(), kept)).toBe(false);
  expect(changed(draft({ url: 'https://model.example/v1/' }), kept)).toBe(false);
  expect(changed(draft({ tasks: ['draft', 'refine'] }), kept)).toBe(false);
  expect(changed(draft({ key: 'x' }), kept)).toBe(true);
  expect(changed(draft({ own: true }), kept)).toBe(true);
});

test('the key is sent when it is written, and goes to no other host', () => {
  expect(bodyOf(draft())).toEqual({ base_url: 'https://model.example/v1', model: 'm', own_machine: false, daily_tokens: 500_000, deadline_seconds: 20, tasks: ['refine', 'draft'] });
  expect(bodyOf(draft({ key: 'sk' }))).toHaveProperty('key', 'sk');
  expect(bodyOf(draft({ removeKey: true }))).toHaveProperty('key', null);
  expect(losesKey(draft(), kept)).toBe(false);
  expect(losesKey(draft({ url: 'https://model.example/v2' }), kept)).toBe(false);
  expect(losesKey(draft({ url: 'https://other.example/v1' }), kept)).toBe(true);
  expect(losesKey(draft({ url: 'https://other.example/v1', key: 'sk' }), kept)).toBe(false);
});
