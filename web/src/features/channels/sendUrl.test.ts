import { expect, test } from 'vitest';
import { sendUrlWrong } from './sendUrl';

test.each([
  ['', false],
  ['  ', false],
  ['https://bot.example.org/send?x=1', false],
  ['http://127.0.0.1:9000/send', false],
  ['http://localhost/send', false],
  ['http://[::1]:9000/', false],
  ['http://bot.example.org/send', true],
  ['ftp://bot.example.org', true],
  ['javascript:alert(1)', true],
  ['bot.example.org', true],
  ['https://bot example', true],
])('%j is wrong: %s', (text, is) => expect(sendUrlWrong(text)).toBe(is));
