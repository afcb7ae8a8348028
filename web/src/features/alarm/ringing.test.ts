import { expect, test } from 'vitest';
import type { LeadSummary } from '@/api/types';
import { hear, rings } from './ringing';

const now = Date.parse('2026-11-20T10:00:00Z');
const lead = (over: object = {}) =>
  ({ id: 'lead_1', revision: 1, urgency: 1, state: 'open', live: true, claim: null, promise: { kept_at: null }, ...over }) as unknown as LeadSummary;
const claim = (until: string) => ({ by: { id: 'usr_2', display_name: '小周' }, doing: 'viewing', since: '', until });

test.each([
  [{}, true],
  [{ urgency: 2 }, false],
  [{ state: 'confirmed' }, false],
  [{ live: false }, false], // from an import: nobody is called
  [{ promise: { kept_at: '2026-11-20T09:59:00Z' } }, false],
  [{ claim: claim('2026-11-20T10:01:00Z') }, false],
  [{ claim: claim('2026-11-20T09:59:59Z') }, true], // taken, and left alone again
])('%j rings: %s', (over, is) => expect(rings(lead(over), now)).toBe(is));

test('it is heard of until somebody decides; older news changes nothing', () => {
  const known = new Map<string, LeadSummary>();
  hear(known, lead());
  hear(known, lead({ revision: 3, state: 'confirmed' }));
  expect(known.size).toBe(0);
  hear(known, lead({ revision: 4 }));
  hear(known, lead({ revision: 2, state: 'dismissed' }));
  expect(known.size).toBe(1);
  hear(known, lead({ revision: 4, claim: claim('2026-11-20T10:01:00Z') })); // no revision: who is at it
  expect(rings(known.get('lead_1')!, now)).toBe(false);
});
