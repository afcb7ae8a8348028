import { expect, test } from 'vitest';
import { stands } from './delivery';

const at = '2026-11-20T10:00:00Z';
test.each([
  ['held', null, 0, 'waits', 'held'],
  ['queued', null, 0, 'waits', 'queued'],
  ['queued', null, 2, 'waits', 'again'],
  ['sending', null, 1, 'sends', 'sending'],
  ['sent', null, 1, 'done', 'sent'],
  ['sent', at, 1, 'done', 'heard'],
  ['to_relay', null, 0, 'hand', 'to_relay'],
  ['relayed', null, 0, 'done', 'relayed'],
  ['relayed', at, 0, 'done', 'heard'],
  ['failed', null, 5, 'wrong', 'failed'],
  ['unknown', null, 1, 'unsure', 'unknown'],
  ['withdrawn', null, 0, 'gone', 'withdrawn'],
] as const)('%s, heard %s, tried %i: %s %s', (state, heard_at, tries, tone, word) => expect(stands({ state, heard_at, tries })).toEqual({ tone, word }));
