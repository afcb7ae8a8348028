import { expect, test } from 'vitest';
import en from '@/i18n/en';
import zh from '@/i18n/zh';
import { faultsOf, OFFERED, wordOf } from './kinds';

test('each kind has its words', () => {
  for (const words of [zh, en]) expect(Object.keys(words.webhooks.kind)).toEqual(OFFERED.map(wordOf));
});

test.each([
  ['平台', 'https://hooks.district.example/in', ['lead.*'], []],
  ['', 'hooks.district.example', [], ['name', 'url', 'kinds']],
  ['平台', 'https://me@hooks.district.example', ['lead.*'], ['url']],
])('%s %s %s', (name, url, kinds, faults) => expect(faultsOf({ name, url, kinds })).toEqual(faults));
