import { expect, test } from 'vitest';
import { changed, listOf, tooLong, undoing } from './lists';
import { csvOf, csvRows, template, withoutCode } from './table';

test('a row goes, the others stay as they are', () => {
  const csv = csvOf([['编码', '名称'], ['A', 'a "b"\nc'], ['A1', ''], ['B', '']]);
  expect(withoutCode(csv, 'A')).toBe(csvOf([['编码', '名称'], ['A1', ''], ['B', '']]));
  expect(withoutCode(csv, 'A1')).toBe(csvOf([['编码', '名称'], ['A', 'a "b"\nc'], ['B', '']]));
  expect(withoutCode(csv, 'C')).toBe(csv);
  expect(withoutCode(csv, '编码')).toBe(csv);
});
test('codes in quotes, and with the apostrophe that keeps a spreadsheet from computing', () => {
  expect([...csvRows('"a,""b""",x\r\n\'-7,y')].map(({ first }) => first)).toEqual(['a,"b"', "'-7"]);
  expect(withoutCode("code,name\r\n'-7,y\r\n", '-7')).toBe('code,name\r\n');
});
test('the template has a header and three rows of seven cells', () => {
  const rows = [...csvRows(template().slice(1))];
  expect(rows).toHaveLength(4);
  for (const { raw } of rows) expect(raw.split(',')).toHaveLength(7);
});
test('lists: in lines or in a row, each once', () => {
  expect(listOf(' 荷塘苑1栋、荷塘苑2栋\n荷塘苑1栋；;\r\n菜市场')).toEqual(['荷塘苑1栋', '荷塘苑2栋', '菜市场']);
  expect(tooLong(['短', '长'.repeat(65)])).toBe('长'.repeat(65));
});
test('a change and its undoing, on a list that others changed', () => {
  const change = { add: ['c', 'a'], remove: ['b'] };
  expect(changed(['a', 'b', 'x'], change)).toEqual(['a', 'x', 'c']);
  expect(changed(['x', 'c'], undoing({ add: ['c'], remove: ['b'] }))).toEqual(['x', 'b']);
});
