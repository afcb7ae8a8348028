import { expect, test } from 'vitest';
import type { LeadSummary } from '@/api/types';
import { alike } from './alike';

const lead = (id: string, over: object = {}) =>
  ({ id, category: 'power_outage', live: true, community: 'a', grid: { id: 'g1', name: '一' }, asked_at: '2026-11-23T10:00:00Z', ...over }) as unknown as LeadSummary;
const like = lead('1');
const pool = [
  like,
  lead('same'),
  lead('other grid', { grid: { id: 'g2', name: '二' } }),
  lead('other community', { community: 'b', grid: { id: 'g3', name: '三' } }),
  lead('other matter', { category: 'noise' }),
  lead('yesterday', { asked_at: '2026-11-22T10:00:00Z' }),
  lead('imported', { live: false }),
];

test.each([
  ['grid', ['1', 'same']],
  ['community', ['1', 'same', 'other grid']],
  ['all', ['1', 'same', 'other grid', 'other community']],
] as const)('as far as the %s', (near, ids) => expect(alike(pool, like, near).map((each) => each.id)).toEqual(ids));
