import { expect, test } from 'vitest';
import type { RoutingRule } from '@/api/types';
import { inputOf, ruleBody, ruleFaults, type RuleDraft } from './rules';

const draft: RuleDraft = { about: '', everywhere: false, grid: 'g', target: 'officer', name: '', kind: 'property', contact: '', also_street: false };

test.each([
  [{}, { grid_id: 'g', target: 'officer', also_street: false }],
  [{ everywhere: true, about: 'domain:water' }, { grid_id: null, domain: 'water', target: 'officer', also_street: false }],
  [
    { about: 'category:gas', target: 'unit', name: ' 清溪燃气 ', kind: 'gas', also_street: true },
    { grid_id: 'g', category: 'gas', target: 'unit', unit: { name: '清溪燃气', kind: 'gas', contact: null }, also_street: true },
  ],
] as const)('%j is sent as', (change, body) => expect(ruleBody({ ...draft, ...change })).toEqual(body));

test('a grid and the name of a unit are needed', () => {
  expect(ruleFaults({ ...draft, grid: '', target: 'unit' })).toEqual({ grid: true, name: true });
  expect(ruleFaults({ ...draft, grid: '', everywhere: true })).toEqual({});
});
test('a rule that was taken away can be sent again', () => {
  const rule: RoutingRule = {
    id: 'r', grid: { id: 'g', code: 'g', level: 'grid', name: 'g' }, category: 'gas', domain: null, target: 'unit', unit: { name: '清溪燃气', kind: 'gas', contact: '96' },
    also_street: true, changed_at: '', changed_by: null, may_change: true,
  };
  expect(inputOf(rule)).toEqual({ grid_id: 'g', category: 'gas', target: 'unit', unit: { name: '清溪燃气', kind: 'gas', contact: '96' }, also_street: true });
});
