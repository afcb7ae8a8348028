import { expect, test } from 'vitest';
import en from '@/i18n/en';
import zh from '@/i18n/zh';
import { fits, THINGS } from './things';

test.each([
  ['加人', '添加同事', '新人 加人 账号', true],
  ['加 账号', '添加同事', '新人 加人 账号', true],
  ['加 密钥', '添加同事', '新人 加人 账号', false],
  ['IMPORT', 'Import grids', 'csv table', true],
  ['', 'anything', '', true],
])('%s in %s: %s', (written, title, words, found) => expect(fits(written, title, words)).toBe(found));

test('every thing has its words in both languages', () => {
  for (const words of [zh, en]) expect(Object.keys(words.settings.thing).toSorted()).toEqual(THINGS.map((each) => each.key).toSorted());
});
