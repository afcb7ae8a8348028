import { describe, expect, it } from 'vitest';
import type { Notification } from '@/api/types';
import { countWords, rings, seenBy, tone } from './list';

const one = (over: Partial<Notification>): Notification => ({
  id: 'ntf_1', kind: 'amber', lead: null, case: null, count: 1, round: 0, at: '2026-11-23T02:00:00Z',
  seen_at: null, acknowledged_at: null, verified: null, taken_by: null, over: false, ...over,
});

describe('what is addressed to me', () => {
  it('has a tone', () => {
    expect(tone(one({ kind: 'emergency' }))).toBe('danger');
    expect(tone(one({ kind: 'emergency', seen_at: 'x' }))).toBe('danger');
    expect(tone(one({ kind: 'emergency', over: true }))).toBe('quiet');
    expect(tone(one({ kind: 'breach' }))).toBe('danger');
    expect(tone(one({ kind: 'breach', seen_at: 'x' }))).toBe('quiet');
    expect(tone(one({ kind: 'amber' }))).toBe('warn');
  });
  it('rings until somebody has it', () => {
    expect(rings(one({ kind: 'emergency' }))).toBe(true);
    expect(rings(one({ kind: 'emergency', acknowledged_at: 'x' }))).toBe(false);
    expect(rings(one({ kind: 'breach' }))).toBe(false);
  });
  it('counts', () => {
    expect([0, 7, 99, 100].map(countWords)).toEqual(['', '7', '99', '99+']);
  });
  it('is seen when the list opens, but what rings stays', () => {
    expect(seenBy([one({ id: 'a' }), one({ id: 'b', kind: 'emergency' }), one({ id: 'c', seen_at: 'x' })])).toEqual(['a']);
  });
});
