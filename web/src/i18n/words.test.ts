import { expect, test } from 'vitest';
import en from './en';
import zh from './zh';

// Paths of all words, with the arguments they take.
function shape(words: object, path = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object'
      ? shape(value, `${path}${key}.`)
      : [`${path}${key} ${[...new Set(String(value).match(/\{\w+\}/g))].toSorted().join('')}`],
  );
}
const withoutArguments = (words: object) => shape(words).map((each) => each.split(' ')[0]);

test('both languages say the same things', () => {
  expect(withoutArguments(en)).toEqual(withoutArguments(zh));
});
test('with the same arguments, but for the group count', () => {
  const english = new Set(shape(en));
  const differs = shape(zh).filter((each) => !english.has(each)).map((each) => each.split(' ')[0]);
  expect(differs).toEqual(['desk.groupAndMore']);
});
test('no words are empty', () => {
  expect([...shape(zh), ...shape(en)].filter((each) => each === '')).toEqual([]);
});
