import { expect, test } from 'vitest';
import { matter } from './taxonomy';

test.each([
  ['荷塘苑3栋 漏水渗水：天花板在滴水', '荷塘苑3栋', '天花板在滴水'],
  ['漏水渗水：天花板在滴水', null, '天花板在滴水'],
  ['天花板在滴水', '荷塘苑3栋', '天花板在滴水'], // a person's words stay
  ['荷塘苑3栋 漏水渗水：', '荷塘苑3栋', '荷塘苑3栋 漏水渗水：'],
])('%s', (summary, place, said) => {
  expect(matter(summary, place, '漏水渗水')).toBe(said);
});
