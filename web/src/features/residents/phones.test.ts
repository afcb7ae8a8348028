import { expect, test } from 'vitest';
import { read, write } from './phones';

test.each([
  ['', []],
  ['居委会 028-1234567', [{ name: '居委会', number: '028-1234567' }]],
  [' 居委会：028-1234567 \n\n夜间值班 138 0000 1111', [{ name: '居委会', number: '028-1234567' }, { name: '夜间值班', number: '138 0000 1111' }]],
  ['1号门岗 +86 28 1234', [{ name: '1号门岗', number: '+86 28 1234' }]],
  ['028-1234567', undefined],
  ['居委会', undefined],
  ['居委会 电话', undefined],
  [Array.from({ length: 11 }, (_, n) => `岗亭${n} 110`).join('\n'), undefined],
])('numbers one a line: %j', (text, phones) => {
  expect(read(text)).toEqual(phones);
});

test('what was written is read again', () => {
  const phones = [{ name: '1号门岗', number: '028-12345' }, { name: '网格 员', number: '13800001111' }];
  expect(read(write(phones))).toEqual(phones);
});
