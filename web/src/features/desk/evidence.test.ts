import { expect, test } from 'vitest';
import { cut } from './evidence';

const marked = (text: string, ...spans: [number, number][]) =>
  cut(text, spans.map(([begin, end]) => ({ begin, end })))
    .map((piece) => (piece.evidence ? `[${piece.text}]` : piece.text))
    .join('');

test.each<[string, [number, number][], string]>([
  ['天花板在滴水', [[4, 6]], '天花板在[滴水]'],
  ['😱天花板滴水😭', [[4, 6]], '😱天花板[滴水]😭'], // an emoji is one code point and two UTF-16 units
  ['👨‍👩‍👧滴水', [[5, 7]], '👨‍👩‍👧[滴水]'], // a family is five code points
  ['𠮷祥街漏水', [[3, 5]], '𠮷祥街[漏水]'],
  ['漏水', [], '漏水'],
  ['漏水漏电', [[0, 2], [1, 3]], '[漏水漏]电'], // overlapping
  ['漏水', [[0, 9]], '[漏水]'], // beyond the end
  ['漏水', [[5, 9]], '漏水'],
  ['漏水', [[1, 1]], '漏水'], // empty
  ['', [[0, 1]], ''],
])('%s %j', (text, spans, expected) => {
  expect(marked(text, ...spans)).toBe(expected);
});

test('the reason under the hand is told apart from other evidence', () => {
  const pieces = cut('3栋漏水停电', [{ begin: 2, end: 6 }], [{ begin: 2, end: 4 }]);
  expect(pieces).toEqual([
    { text: '3栋', evidence: false, pointed: false },
    { text: '漏水', evidence: true, pointed: true },
    { text: '停电', evidence: true, pointed: false },
  ]);
});
