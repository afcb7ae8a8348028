import { expect, test } from 'vitest';
import en from '@/i18n/en';
import zh from '@/i18n/zh';
import { askOf, exportUrl, filterOf, KINDS, lines, pageOf } from './filter';

test('the filter is read from the address; what is no filter is left out', () => {
  expect(filterOf({ who: 'usr_1', what: '', first: '2026-11-01', other: 'x', last: ['a'] })).toEqual({ who: 'usr_1', first: '2026-11-01' });
});
test('days become instants, the last one counts whole', () => {
  expect(askOf({ what: 'lead', first: '2026-11-01', last: '2026-11-30' })).toEqual({
    what: 'lead', from: new Date(2026, 10, 1).toISOString(), to: new Date(2026, 11, 1).toISOString(),
  });
});
test('the file holds what the page shows', () => {
  expect(exportUrl({ who: 'usr_1' }, 'csv')).toBe('/api/v1/audit/export?format=csv&who=usr_1');
});
test('every kind has its words', () => {
  for (const words of [zh, en]) for (const kind of KINDS) expect(words.audit.kind).toHaveProperty(kind);
});
test('details and where to look', () => {
  expect(lines({ reason: 'duplicate', count: 3 })).toEqual([['reason', 'duplicate'], ['count', '3']]);
  expect(lines(null)).toEqual([]);
  expect(pageOf({ kind: 'lead', id: 'lead_1' })).toEqual({ name: 'desk', params: { lead: 'lead_1' } });
  expect(pageOf({ kind: 'setting', id: 'retention' })).toEqual({ name: 'residents' });
  expect(pageOf({ kind: 'session', id: 'x' })).toBeUndefined();
});
