import { expect, test } from 'vitest';
import { csvOf, undoing } from './days';

test.each([
  ['日期,类型\n2027-01-01,放假', '日期,类型\n2027-01-01,放假'],
  ['日期\t类型\t名称\r\n2027-01-01\t放假\t元旦', '日期,类型,名称\n2027-01-01,放假,元旦'],
  ['2027-01-01\t放假\t元旦, "新年"', '2027-01-01,放假,"元旦, ""新年"""'],
])('%j is sent as %j', (pasted, sent) => expect(csvOf(pasted)).toBe(sent));

const change = (date: string, before: string | null) => ({
  line: 2, date, kind: 'holiday' as const, name: '元旦', before: before === null ? null : { date, kind: 'workday' as const, name: before },
});
test('what was changed is as before, what was new goes', () => {
  expect(undoing({ changes: [change('2027-01-01', null), change('2027-01-02', '补班')] })).toEqual([
    [{ date: '2027-01-01', kind: null }, { date: '2027-01-02', kind: 'workday', name: '补班' }],
  ]);
  expect(undoing({ changes: Array.from({ length: 1001 }, (_, n) => change(`day ${n}`, null)) }).map((each) => each.length)).toEqual([1000, 1]);
  expect(undoing({ changes: [] })).toEqual([]);
});
