import { expect, test } from 'vitest';
import { faults, moved, unknown } from './words';

const words = (title: string, text = '好') => ({ title, text });
test.each([
  [words('', ''), { title: 'empty', text: 'empty' }],
  [words('已派人', '{地点}已派人'), {}],
  [words('已派人', '{小区}已派人'), { text: 'unknown' }],
  [words('收到'), { title: 'taken' }],
])('%j', (one, wrong) => expect(faults(one, [words('收到')])).toEqual(wrong));
test('unknown names, each once', () => expect(unknown('{楼} {楼} {我} {}')).toEqual(['楼', '']));
test('up and down, not over the edge', () => {
  const all = [words('a'), words('b'), words('c')];
  expect(moved(all, 1, -1).map((each) => each.title)).toEqual(['b', 'a', 'c']);
  expect(moved(all, 2, 1).map((each) => each.title)).toEqual(['a', 'b', 'c']);
});
